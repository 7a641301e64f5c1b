/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note OR BSD-2-Clause */
/*
 * /dev/partita: what the driver offers to the partita command.
 *
 * Calls return 0 or -1 with errno. Where the hypervisor refused, errno is EREMOTEIO and .error holds its
 * answer (enum pt_error of abi/partita/error.h); reason and offset belong to PT_EBLOB, PT_EOWNED and PT_ECPU.
 * Where the driver itself refused for a reason of enum pt_refusal, errno is EREMOTEIO too.
 *
 * errno by itself: ENODEV the hypervisor is not enabled; EBUSY it is already, or cells exist; ETIMEDOUT a CPU did not
 * start or stop in time, try again; ENOMEM; EFAULT; EINVAL; ENOENT no such console; EBADMSG what a cell starts from is damaged.
 *
 * In a Linux that is a cell itself and manages others (hypervisor/this_cell in sysfs is not 0) there are CELL_START,
 * CELL_SHUTDOWN, CELL_STOP, CONSOLE and CONSOLE_WRITE; errno EOPNOTSUPP: the call is for the Linux that enabled the hypervisor.
 * .error PT_EPERM, or EACCES with a console: it has no such right over the cell.
 */
#ifndef PARTITA_UAPI_H
#define PARTITA_UAPI_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define PT_NO_CELL	0xffffffffu	/* in place of an id: none */

/* .error of pt_ioc_enable and pt_ioc_cell_create, beside the negative enum pt_error: refused by the driver itself. */
enum pt_refusal {
	PT_REFUSED_NOT = 0,
	PT_REFUSED_VHE = 100,		/* the kernel itself runs at EL2 */
	PT_REFUSED_NO_EL2,		/* the kernel was not started at EL2 */
	PT_REFUSED_KVM,			/* a KVM guest exists */
	PT_REFUSED_IMAGE,		/* not an image of the hypervisor */
	PT_REFUSED_VERSION,		/* image, driver and command disagree about abi/ */
	PT_REFUSED_CPU_OFFLINE,		/* .cpu is present but not online */
	PT_REFUSED_CPU_FAILED,		/* .cpu did not enter the hypervisor: .code is its enum pt_error */
	PT_REFUSED_CPU_BUSY,		/* .cpu cannot be taken offline: .code is a negative errno */
	PT_REFUSED_MEMORY,		/* no contiguous memory of .size bytes */
	PT_REFUSED_FOREIGN_MEMORY,	/* the blob names RAM that was not got by PT_IOC_MEM_ALLOC on this file */
	PT_REFUSED_GIC,			/* neither a GICv3 with system registers nor a GICv2 */
	PT_REFUSED_FUNCTION,		/* Linux has no PCI function for region .code of the blob */
	PT_REFUSED_FUNCTION_BUSY,	/* it has a driver, is a bridge, or is or has virtual ones */
	PT_REFUSED_MESSAGE_SPI,		/* SPI .code is of a GICv2's message frame */
};

struct pt_ioc_enable {
	__u64 image;		/* pointer */
	__u64 image_size;	/* bytes */
	__u64 system;		/* pointer to the system blob */
	__u64 system_size;	/* bytes */
	__s32 error;		/* out: 0, enum pt_error or enum pt_refusal */
	__s32 code;		/* out */
	__u32 cpu;		/* out: Linux's number of the CPU that failed */
	__u32 reason;		/* out: enum pt_blob_reason */
	__u32 offset;		/* out */
	__u32 reserved0;
	__u64 size;		/* out: bytes that could not be had */
};

/*
 * Contiguous memory for a cell to come. It belongs to this open file until a cell is created with it on the
 * same file, and goes back to the kernel on close; after that, when the cell is destroyed. Memory of 2 MiB and
 * more begins at a multiple of that.
 *
 * With a name it may be shared: who asks for a name that exists gets the same memory, and it goes back when no file
 * and no cell has it any more. errno EEXIST: it exists with another size or at another address.
 *
 * With an address, it is that memory, of which Linux must make no use (a reserved-memory node with no-map, or beyond
 * mem=). errno EBUSY: Linux or somebody else has it.
 *
 * With PT_MEMORY_VACATE, the address is of memory that Linux manages, and that it is made to leave, moving what it has there
 * elsewhere. That goes in steps. errno EAGAIN: .vacated bytes are had, call again with the same; any other request
 * on this file gives them back. EBUSY: Linux cannot leave the block of PT_MEMORY_BLOCK bytes that .address is in now, and has
 * all back.
 *
 * errno ENOSPC: Linux could get into distress, and would need .missing bytes more available (MemAvailable in /proc/meminfo).
 */
struct pt_ioc_memory {
	__u64 size;		/* bytes, page aligned */
	__u64 address;		/* in: physical, page aligned, or 0; out: physical */
	char name[32];		/* PT_NAME_SIZE; empty: none */
	__u32 flags;		/* PT_MEMORY_* */
	__u32 reserved0;	/* 0 */
	__u64 vacated;		/* out: bytes */
	__u64 missing;		/* out: bytes */
};

#define PT_MEMORY_VACATE	(1u << 0)

#define PT_MEMORY_BLOCK		(2u << 20)	/* bytes */

/* What Linux has in a block of its memory, in pages of 4 KiB. The rest cannot be moved, or is no memory of Linux. */
struct pt_memory_block {
	__u16 free;
	__u16 movable;
};

/* Where PT_MEMORY_VACATE is promising. A hint: things change while one looks. */
struct pt_ioc_memory_survey {
	__u64 address;		/* physical, of the first block; a multiple of PT_MEMORY_BLOCK */
	__u64 count;		/* blocks */
	__u64 blocks;		/* pointer to as many struct pt_memory_block */
};

/* Takes the CPUs of the blob offline, then hands them and the memory over. All or nothing. */
struct pt_ioc_cell_create {
	__u64 blob;		/* pointer */
	__u64 size;		/* bytes */
	__s32 error;		/* out: 0, enum pt_error or enum pt_refusal */
	__s32 code;		/* out */
	__u32 cpu;		/* out */
	__u32 reason;		/* out */
	__u32 offset;		/* out */
	__u32 cell;		/* out: id */
};

/*
 * Writes into the cell's memory, and keeps a copy: each start begins from all that was loaded, in this order, with zeros
 * elsewhere. What was loaded to the same address, or lies inside, is replaced. The first load after a run scrubs the
 * memory; a created or loadable cell may be loaded repeatedly. errno ENOMEM: no memory for the copy.
 */
struct pt_ioc_cell_load {
	__u32 cell;
	__s32 error;		/* out: enum pt_error */
	__u64 data;		/* pointer */
	__u64 size;		/* bytes */
	__u64 ipa;		/* where the cell will see it; all of it RAM, and not shared */
};

struct pt_ioc_cell {
	__u32 cell;
	__s32 error;		/* out: enum pt_error */
};

/*
 * Bytes [cursor, cursor + size) of everything ever written to a console; cell 0 is the hypervisor's own. A cursor
 * beyond what has been written means that the console has begun anew: the oldest byte there is comes next.
 */
struct pt_ioc_console {
	__u32 cell;
	__u32 reserved0;
	__u64 cursor;		/* in: first byte wanted; out: one past the last byte got */
	__u64 lost;		/* out: bytes that were overwritten before they could be read */
	__u64 data;		/* pointer */
	__u64 size;		/* in: bytes of room; out: bytes got */
};

/*
 * Typing into the UART of a running cell that has one. What its receive FIFO has no room for is not taken: ask again, after
 * a moment, with the rest. .error: PT_EINVAL the cell has no UART, PT_ESTATE it does not run; with .size 0 to know just
 * that.
 */
struct pt_ioc_console_write {
	__u32 cell;
	__s32 error;		/* out: enum pt_error */
	__u64 data;		/* pointer */
	__u64 size;		/* in: bytes; out: bytes taken */
};

/*
 * Memory of a cell that has ended (shut down, failed, reset; its blob has PT_CELL_DUMP), or of one that PT_IOC_CELL_DEBUG has halted; only
 * the latter can be written. All of it is RAM, and not shared. Less than .size may be copied: ask again for the rest.
 * .error: PT_EPERM its blob does not allow it, PT_ESTATE it is in another state, PT_EINVAL there is no such memory.
 */
struct pt_ioc_cell_inspect {
	__u32 cell;
	__s32 error;		/* out: enum pt_error */
	__u64 ipa;		/* where the cell sees it */
	__u64 data;		/* pointer */
	__u64 size;		/* in: bytes; out: bytes copied */
	__u32 write;		/* 0: to .data, 1: from there */
	__u32 reserved0;	/* 0 */
};

/* A CPU of such a cell: struct pt_vcpu of abi/partita/vcpu.h. errno EINVAL: it has no such CPU. */
struct pt_ioc_cell_vcpu {
	__u32 cell;
	__s32 error;		/* out: enum pt_error */
	__u32 vcpu;		/* 0: the one that starts; the others in the order of cpus in the blob */
	__u32 write;		/* 0: to .data, 1: from there */
	__u64 data;		/* pointer */
};

/*
 * Halts a running cell whose blob has PT_CELL_DEBUG, lets it go on, or ends debugging; closing the file does that too. Events of the cell
 * that halt it wake poll(), as changes of its state do. errno EBUSY: another file debugs it; ETIMEDOUT: a CPU
 * of it sleeps and does not wake.
 */
struct pt_ioc_cell_debug {
	__u32 cell;
	__s32 error;		/* out: enum pt_error */
	__u32 verb;		/* PT_DEBUG_HALT, PT_DEBUG_RESUME, PT_DEBUG_DETACH */
	__u32 reserved0;
};

/* read() of /dev/partita: one of these whenever .changes differs from what this file has read last; poll() tells. */
struct pt_event {
	__u32 changes;		/* struct pt_status.changes */
	__u32 reserved0;
};

#define PT_IOC_ENABLE		_IOWR('p', 0xa0, struct pt_ioc_enable)
#define PT_IOC_DISABLE		_IOWR('p', 0xa1, struct pt_ioc_cell)	/* .cell ignored */
#define PT_IOC_MEM_ALLOC	_IOWR('p', 0xa2, struct pt_ioc_memory)
#define PT_IOC_CELL_CREATE	_IOWR('p', 0xa3, struct pt_ioc_cell_create)
#define PT_IOC_CELL_LOAD	_IOWR('p', 0xa4, struct pt_ioc_cell_load)
#define PT_IOC_CELL_START	_IOWR('p', 0xa5, struct pt_ioc_cell)	/* also one that has ended, if it was ever loaded */
#define PT_IOC_CELL_SHUTDOWN	_IOWR('p', 0xa6, struct pt_ioc_cell)	/* only asks; wait with poll() */
#define PT_IOC_CELL_STOP	_IOWR('p', 0xa7, struct pt_ioc_cell)
#define PT_IOC_CELL_DESTROY	_IOWR('p', 0xa8, struct pt_ioc_cell)	/* PT_ECPU: destroyed, but a CPU stays offline */
#define PT_IOC_CONSOLE		_IOWR('p', 0xa9, struct pt_ioc_console)
#define PT_IOC_CONSOLE_WRITE	_IOWR('p', 0xaa, struct pt_ioc_console_write)
#define PT_IOC_MEM_SURVEY	_IOWR('p', 0xab, struct pt_ioc_memory_survey)
#define PT_IOC_LOCK		_IOWR('p', 0xac, struct pt_ioc_cell)	/* .cell ignored; PT_ESTATE: a cell is loadable, or debugged */
#define PT_IOC_CELL_INSPECT	_IOWR('p', 0xb0, struct pt_ioc_cell_inspect)
#define PT_IOC_CELL_VCPU	_IOWR('p', 0xb1, struct pt_ioc_cell_vcpu)
#define PT_IOC_CELL_DEBUG	_IOWR('p', 0xb2, struct pt_ioc_cell_debug)

#endif
