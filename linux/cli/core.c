// SPDX-License-Identifier: GPL-2.0-only
/*
 * The layout of a core file is that of Linux on arm64 (its elfcore.h and user_pt_regs), since that is
 * what debuggers read; written out here, as the command also runs on other machines.
 */
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include "core.h"

#define LINUX_OWNER	"CORE"
#define ALIGNMENT	PT_PAGE_SIZE

struct prstatus {
	int32_t si_signo, si_code, si_errno;
	int16_t cursig, pad0;
	uint64_t sigpend, sighold;
	int32_t pid, ppid, pgrp, sid;
	uint64_t times[4][2];
	uint64_t x[31], sp, pc, pstate;
	int32_t fpvalid, pad1;
};

struct fpregs {
	uint64_t v[32][2];
	uint32_t fpsr, fpcr, reserved0[2];
};

struct prpsinfo {
	char state, sname, zomb, nice;
	uint32_t pad0;
	uint64_t flag;
	uint32_t uid, gid;
	int32_t pid, ppid, pgrp, sid;
	char fname[16], psargs[80];
};

_Static_assert(sizeof(struct prstatus) == 392, "struct elf_prstatus of arm64");
_Static_assert(sizeof(struct fpregs) == 528, "struct user_fpsimd_state of arm64");
_Static_assert(sizeof(struct prpsinfo) == 136, "struct elf_prpsinfo of arm64");

static void append(struct buffer *b, const void *bytes, size_t size)
{
	memcpy(b->bytes + b->size, bytes, size);
	b->size += size;
}

static size_t padded(size_t size, size_t to)
{
	return (size + to - 1) / to * to;
}

static size_t note_size(const char *owner, size_t size)
{
	return sizeof(Elf64_Nhdr) + padded(strlen(owner) + 1, 4) + padded(size, 4);
}

/* The buffer is zeroed: padding needs no writing. */
static void note(struct buffer *b, const char *owner, uint32_t type, const void *data, size_t size)
{
	const Elf64_Nhdr header = {
		.n_namesz = (uint32_t)strlen(owner) + 1,
		.n_descsz = (uint32_t)size,
		.n_type = type,
	};
	const size_t end = b->size + note_size(owner, size);

	append(b, &header, sizeof(header));
	append(b, owner, header.n_namesz);
	b->size = padded(b->size, 4);
	append(b, data, size);
	b->size = end;
}

static uint64_t stack_pointer(const struct pt_vcpu *v)
{
	return (v->pstate & PT_PSTATE_MODE) == PT_PSTATE_EL1H ? v->sp_el1 : v->sp_el0;
}

static void vcpu_notes(struct buffer *b, const struct core *core, unsigned int n)
{
	const struct pt_vcpu *v = &core->vcpus[n];
	struct prstatus status = {
		.pid = (int32_t)n + 1,
		.sp = stack_pointer(v),
		.pc = v->pc,
		.pstate = v->pstate,
		.fpvalid = 1,
	};
	struct fpregs fp = { .fpsr = (uint32_t)v->fpsr, .fpcr = (uint32_t)v->fpcr };

	if (n == core->first) {
		status.si_signo = core->signal;
		status.cursig = (int16_t)core->signal;
	}
	memcpy(status.x, v->x, sizeof(status.x));
	memcpy(fp.v, v->v, sizeof(fp.v));
	note(b, LINUX_OWNER, NT_PRSTATUS, &status, sizeof(status));
	note(b, LINUX_OWNER, NT_FPREGSET, &fp, sizeof(fp));
	note(b, CORE_NOTE_OWNER, CORE_NOTE_VCPU, v, sizeof(*v));
}

static bool was_on(const struct core *core, unsigned int n)
{
	return core->vcpus[n].flags & PT_VCPU_KEPT;
}

static void notes(struct buffer *b, const struct core *core)
{
	struct prpsinfo info = { .sname = 'R', .pid = 1 };

	memcpy(info.fname, core->name, sizeof(info.fname) - 1);
	memcpy(info.psargs, core->name, sizeof(core->name));
	if (core->first < core->vcpu_count && was_on(core, core->first))
		vcpu_notes(b, core, core->first);
	note(b, LINUX_OWNER, NT_PRPSINFO, &info, sizeof(info));
	for (unsigned int n = 0; n < core->vcpu_count; n++)
		if (n != core->first && was_on(core, n))
			vcpu_notes(b, core, n);
}

static size_t notes_size(const struct core *core)
{
	size_t size = note_size(LINUX_OWNER, sizeof(struct prpsinfo));

	for (unsigned int n = 0; n < core->vcpu_count; n++)
		if (was_on(core, n))
			size += note_size(LINUX_OWNER, sizeof(struct prstatus)) +
				note_size(LINUX_OWNER, sizeof(struct fpregs)) +
				note_size(CORE_NOTE_OWNER, sizeof(struct pt_vcpu));
	return size;
}

static void segments(struct buffer *b, const struct core *core, size_t notes_at, size_t memory_at)
{
	Elf64_Phdr p = { .p_type = PT_NOTE, .p_offset = notes_at, .p_filesz = notes_size(core) };

	append(b, &p, sizeof(p));
	for (unsigned int i = 0; i < core->region_count; i++) {
		const struct core_region *r = &core->regions[i];

		p = (Elf64_Phdr){
			.p_type = PT_LOAD,
			.p_flags = PF_R | (r->write ? PF_W : 0) | (r->exec ? PF_X : 0),
			.p_offset = memory_at,
			.p_vaddr = r->ipa,
			.p_paddr = r->ipa,
			.p_filesz = r->size,
			.p_memsz = r->size,
			.p_align = ALIGNMENT,
		};
		append(b, &p, sizeof(p));
		memory_at += r->size;
	}
}

bool core_head(const struct core *core, struct buffer *head)
{
	const Elf64_Ehdr e = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_CORE,
		.e_machine = EM_AARCH64,
		.e_version = EV_CURRENT,
		.e_phoff = sizeof(e),
		.e_ehsize = sizeof(e),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = (uint16_t)(1 + core->region_count),
	};
	const size_t notes_at = sizeof(e) + e.e_phnum * sizeof(Elf64_Phdr);
	const size_t memory_at = padded(notes_at + notes_size(core), ALIGNMENT);

	*head = (struct buffer){ .bytes = calloc(1, memory_at) };
	if (!head->bytes)
		return false;
	append(head, &e, sizeof(e));
	segments(head, core, notes_at, memory_at);
	notes(head, core);
	head->size = memory_at;
	return true;
}
