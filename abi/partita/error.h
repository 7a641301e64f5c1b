/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a hypercall answers. Zero and positive values are success; each negative value has one meaning.
 */
#ifndef PARTITA_ERROR_H
#define PARTITA_ERROR_H

enum pt_error {
	PT_AGAIN	= 1,	/* a bounded step was done, call again until the answer is not PT_AGAIN */
	PT_OK		= 0,
	PT_ENOSYS	= -1,	/* no such call; equals SMCCC NOT_SUPPORTED */
	PT_EPERM	= -2,	/* the caller's cell may not do this */
	PT_EINVAL	= -3,	/* an argument is out of its range */
	PT_ENOCELL	= -4,	/* no cell has this id */
	PT_ESTATE	= -5,	/* the cell's state does not allow this move */
	PT_EBUSY	= -6,	/* another management call is under way, or cells still exist */
	PT_ENOMEM	= -7,	/* the hypervisor's page pool is empty */
	PT_EBLOB	= -8,	/* the blob is refused; the reason and the field's offset come with it */
	PT_EOWNED	= -9,	/* something the blob names belongs to another; its offset comes with it */
	PT_ELIMIT	= -10,	/* as many cells exist as the tables hold */
	PT_ECPU		= -11,	/* a CPU that the blob names is not parked: take it offline first */
	PT_EHW		= -12,	/* this CPU or interrupt controller lacks what the hypervisor needs */
	PT_EVERSION	= -13,	/* the two sides were built for different versions of abi/ */
	PT_EEXIST	= -14,	/* a cell of this name exists */
};

/* For tables of words: PT_ERRORS(X) expands X(code, "words") for each error. */
#define PT_ERRORS(X)							\
	X(PT_ENOSYS,	"no such call")					\
	X(PT_EPERM,	"not allowed for this cell")			\
	X(PT_EINVAL,	"argument out of range")			\
	X(PT_ENOCELL,	"no such cell")					\
	X(PT_ESTATE,	"not possible in the cell's present state")	\
	X(PT_EBUSY,	"busy")						\
	X(PT_ENOMEM,	"the hypervisor's page pool is empty")		\
	X(PT_EBLOB,	"the configuration is refused")			\
	X(PT_EOWNED,	"belongs to another cell")			\
	X(PT_ELIMIT,	"no more cells fit")				\
	X(PT_ECPU,	"a CPU is still in use")			\
	X(PT_EHW,	"the processor or interrupt controller lacks a needed feature") \
	X(PT_EVERSION,	"built for another interface version")		\
	X(PT_EEXIST,	"a cell of this name exists")

#endif
