// SPDX-License-Identifier: GPL-2.0-only
/*
 * The names of the first two features, and of what is in them, are gdb's (Debugging with GDB, AArch64 Features). The third
 * has the system registers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "gdb_registers.h"

enum {
	X0 = 0, SP = 31, PC, CPSR, V0,
	FPSR = V0 + 32, FPCR,
	SYSTEM,
};

struct field {
	const char *name;
	size_t offset;
	bool writable;
};

#define WRITABLE(name)	{ #name, offsetof(struct pt_vcpu, name), true },
#define READABLE(name)	{ #name, offsetof(struct pt_vcpu, name), false },
static const struct field fields[] = {
	PT_VCPU_WRITABLE(WRITABLE)
	PT_VCPU_READABLE(READABLE)
};

#define FIELDS	(sizeof(fields) / sizeof(fields[0]))

unsigned int gdb_register_count(void)
{
	return SYSTEM + FIELDS;
}

size_t gdb_register_size(unsigned int n)
{
	if (n >= gdb_register_count())
		return 0;
	if (n >= V0 && n < FPSR)
		return 16;
	return n == CPSR || n == FPSR || n == FPCR ? 4 : 8;
}

/* Where it is. All sides are little-endian: the lower half of a field is where the field is. */
static void *place(struct pt_vcpu *v, unsigned int n)
{
	switch (n) {
	case SP:
		return (v->pstate & PT_PSTATE_MODE) == PT_PSTATE_EL1H ? &v->sp_el1 : &v->sp_el0;
	case PC:
		return &v->pc;
	case CPSR:
		return &v->pstate;
	case FPSR:
		return &v->fpsr;
	case FPCR:
		return &v->fpcr;
	default:
		if (n < SP)
			return &v->x[n];
		return n < FPSR ? (void *)v->v[n - V0] : (char *)v + fields[n - SYSTEM].offset;
	}
}

void gdb_register_get(const struct pt_vcpu *v, unsigned int n, void *bytes)
{
	memcpy(bytes, place((struct pt_vcpu *)v, n), gdb_register_size(n));
}

bool gdb_register_set(struct pt_vcpu *v, unsigned int n, const void *bytes)
{
	const size_t size = gdb_register_size(n);
	uint64_t mode = v->pstate & PT_PSTATE_MODE;

	if (n >= SYSTEM && !fields[n - SYSTEM].writable)
		return false;
	if (n >= V0 && n < FPSR && memcmp(place(v, n), bytes, size) != 0)
		v->flags |= PT_VCPU_LOAD_FP;
	memcpy(place(v, n), bytes, size);
	v->pstate = (v->pstate & ~(uint64_t)PT_PSTATE_MODE) | mode;
	return true;
}

static void describe(FILE *out)
{
	fputs("<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\"><target version=\"1.0\">"
	      "<architecture>aarch64</architecture><feature name=\"org.gnu.gdb.aarch64.core\">", out);
	for (unsigned int n = 0; n < SP; n++)
		fprintf(out, "<reg name=\"x%u\" bitsize=\"64\"/>", n);
	fputs("<reg name=\"sp\" bitsize=\"64\" type=\"data_ptr\"/><reg name=\"pc\" bitsize=\"64\" type=\"code_ptr\"/>"
	      "<reg name=\"cpsr\" bitsize=\"32\"/></feature><feature name=\"org.gnu.gdb.aarch64.fpu\">"
	      "<vector id=\"v2d\" type=\"ieee_double\" count=\"2\"/><vector id=\"v4f\" type=\"ieee_single\" count=\"4\"/>"
	      "<vector id=\"v2u\" type=\"uint64\" count=\"2\"/><vector id=\"v16u\" type=\"uint8\" count=\"16\"/>"
	      "<union id=\"v\"><field name=\"d\" type=\"v2d\"/><field name=\"s\" type=\"v4f\"/>"
	      "<field name=\"u\" type=\"v2u\"/><field name=\"b\" type=\"v16u\"/></union>", out);
	for (unsigned int n = 0; n < 32; n++)
		fprintf(out, "<reg name=\"v%u\" bitsize=\"128\" type=\"v\"/>", n);
	fputs("<reg name=\"fpsr\" bitsize=\"32\"/><reg name=\"fpcr\" bitsize=\"32\"/></feature>"
	      "<feature name=\"org.partita.system\">", out);
	for (size_t i = 0; i < FIELDS; i++)
		fprintf(out, "<reg name=\"%s\" bitsize=\"64\" group=\"system\" save-restore=\"%s\"/>", fields[i].name,
			fields[i].writable ? "yes" : "no");
	fputs("</feature></target>", out);
}

const char *gdb_description(void)
{
	static char *text;
	size_t size;
	FILE *out = text ? NULL : open_memstream(&text, &size);

	if (out) {
		describe(out);
		fclose(out);
	}
	return text ? text : "";
}
