/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a hypercall answers. Zero and positive values are success; each negative value has one meaning.
 */
#ifndef PARTITA_ERROR_H
#define PARTITA_ERROR_H

/* X(code, value, "words"): each negative value. */
#define PT_ERRORS(X) \
	X(PT_ENOSYS,	-1,	"no such call")				/* equals SMCCC NOT_SUPPORTED */ \
	X(PT_EPERM,	-2,	"not allowed for this cell") \
	X(PT_EINVAL,	-3,	"argument out of range") \
	X(PT_ENOCELL,	-4,	"no such cell") \
	X(PT_ESTATE,	-5,	"not possible in the cell's present state") \
	X(PT_EBUSY,	-6,	"busy")					/* another management call is under way, or cells still exist */ \
	X(PT_ENOMEM,	-7,	"the hypervisor's page pool is empty") \
	X(PT_EBLOB,	-8,	"the configuration is refused")		/* the reason and the field's offset come with it */ \
	X(PT_EOWNED,	-9,	"belongs to another cell")		/* its offset comes with it */ \
	X(PT_ELIMIT,	-10,	"no more cells fit")			/* in the tables */ \
	X(PT_ECPU,	-11,	"a CPU is still in use")		/* one that the blob names is not parked: take it offline first */ \
	X(PT_EHW,	-12,	"the processor or interrupt controller lacks a needed feature") \
	X(PT_EVERSION,	-13,	"built for another interface version")	/* the two sides of abi/ */ \
	X(PT_EEXIST,	-14,	"a cell of this name exists") \
	X(PT_ELOCKED,	-15,	"locked until the next reset")

enum pt_error {
	PT_AGAIN	= 1,	/* a bounded step was done, call again until the answer is not PT_AGAIN */
	PT_OK		= 0,
#define PT_ERROR_ENUM(code, value, words)	code = value,
	PT_ERRORS(PT_ERROR_ENUM)
#undef PT_ERROR_ENUM
};

#endif
