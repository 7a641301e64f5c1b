/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the driver share: the one instance of its state and how it is locked.
 *
 * Locks, outermost first:
 *
 *   partita.lock		mutex. One management action at a time: everything that makes a
 *				hypercall or changes this state holds it; but for typing.
 *   device_hotplug_lock,	taken inside remove_cpu() and add_cpu(), hence never called with
 *   cpu_hotplug_lock		cpus_read_lock() held.
 *   partita.view		rw_semaphore. Held for reading while memory of the hypervisor or
 *				partita.cells[] is looked at without partita.lock, for writing when
 *				these come or go. Nothing that waits for a cell happens under it.
 *   partita.status_lock	spinlock, guards partita.status for those who must not sleep.
 *
 * What sysfs shows takes partita.view where it reads what a cell says, and else none of these: the
 * files are removed, and their readers waited for, before what they show goes away.
 */
#ifndef PARTITA_DRIVER_H
#define PARTITA_DRIVER_H

#define pr_fmt(fmt)	KBUILD_MODNAME ": " fmt

#include <linux/bitmap.h>
#include <linux/cpumask.h>
#include <linux/kobject.h>
#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/mutex.h>
#include <linux/platform_device.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>

#include <partita/blob.h>
#include <partita/error.h>
#include <partita/hypercall.h>
#include <partita/image.h>
#include <partita/info.h>
#include <partita/status.h>
#include <partita/types.h>
#include <partita/vcpu.h>
#include <partita.h>

struct arm_smccc_res;

/**
 * enum partita_memory_source - where memory is from
 * @PARTITA_MEMORY_CMA: the kernel's area for contiguous memory
 * @PARTITA_MEMORY_VACATED: other memory of the kernel, which it was made to leave
 * @PARTITA_MEMORY_BESIDE: memory that the kernel makes no use of
 */
enum partita_memory_source {
	PARTITA_MEMORY_CMA,
	PARTITA_MEMORY_VACATED,
	PARTITA_MEMORY_BESIDE,
};

/**
 * struct partita_memory - physically contiguous memory, taken from the kernel or beside it
 * @list: among those with a name
 * @users: how many files and regions of cells have a share in it
 * @name: by which it may be shared, or empty
 * @source: where it is from
 * @page: the first of the pages taken from CMA, what dma_free_attrs() wants to see again
 * @handle: DMA address, likewise
 * @taken: bytes taken from the kernel: from CMA more than @size where these had to be aligned; by
 *	being vacated less, until all is had
 * @phys: physical address
 * @size: bytes
 */
struct partita_memory {
	struct list_head list;
	unsigned int users;
	char name[PT_NAME_SIZE];
	enum partita_memory_source source;
	struct page *page;
	dma_addr_t handle;
	size_t taken;
	phys_addr_t phys;
	size_t size;
};

/**
 * struct partita_cell - a cell, or the root
 * @kobj: its directory in sysfs
 * @id: the hypervisor's number
 * @name: from its blob
 * @cpus: its CPUs by the hypervisor's number, for the root those that no cell has
 * @taken: Linux's numbers of those that were online and that we took offline
 * @order: its CPUs in the order of the blob, by the hypervisor's number
 * @cpu_count: entries of @order
 * @regions: from its blob
 * @region_count: entries of @regions
 * @memory: what each of @regions lies in, NULL for a device
 * @functions: the PCI functions among them
 * @ram_size: bytes of RAM among @regions; for the root what is left to it
 * @contents: what was loaded into it, in that order (see contents.c)
 * @filled: while it is loadable: all of @contents is in its memory
 * @resets: how often it was started again because it asked for that; counted by the hypervisor
 *	where that starts it
 * @rest: jiffies until when it is not started again by itself
 * @debugger: the file that debugs it, or NULL
 */
struct partita_cell {
	struct kobject kobj;
	u32 id;
	char name[PT_NAME_SIZE];
	DECLARE_BITMAP(cpus, PT_MAX_CPUS);
	struct cpumask taken;
	unsigned int order[PT_MAX_CPUS];
	unsigned int cpu_count;
	struct pt_region regions[PT_MAX_REGIONS];
	unsigned int region_count;
	struct partita_memory *memory[PT_MAX_REGIONS];
	struct list_head functions;
	u64 ram_size;
	struct list_head contents;
	bool filled;
	u32 resets;
	unsigned long rest;
	const struct partita_file *debugger;
};

/**
 * struct partita_file - an open /dev/partita
 * @memory: what it holds: allocated by it and not yet in use by a cell, or with a name
 * @vacating: what Linux is just leaving for it, or NULL
 * @seen: the change counter that was read last
 * @generation: partita.generation when that was
 */
struct partita_file {
	struct list_head memory;
	struct partita_memory *vacating;
	u32 seen;
	u32 generation;
};

/**
 * enum partita_state - where the driver stands
 * @PARTITA_OFF: no hypervisor
 * @PARTITA_ON: every online CPU is under the hypervisor
 * @PARTITA_LEAVING: some CPUs have left it and some could not. Only another attempt
 *	to disable is possible; no hypercall may be made from a CPU not in
 *	partita.inside.
 * @PARTITA_MANAGER: the hypervisor was here before this kernel, which runs in a cell that
 *	may manage others (manager.c)
 */
enum partita_state {
	PARTITA_OFF,
	PARTITA_ON,
	PARTITA_LEAVING,
	PARTITA_MANAGER,
};

/**
 * struct partita - everything the driver knows
 * @lock: see above
 * @view: see above
 * @status_lock: see above
 * @state: where the driver stands
 * @hibernating: an image of memory is being taken or restored
 * @generation: counts the times the hypervisor was enabled
 * @misc: /dev/partita
 * @pdev: the device that memory is allocated for
 * @memory: the hypervisor's
 * @inside: CPUs that have entered the hypervisor and not left it
 * @mpidr: MPIDR affinity of each of Linux's CPUs, as they told on entry
 * @status: what the hypervisor tells, read-only
 * @console: its own ring, read-only; there while @status is
 * @this_cell: id of the cell that this Linux is
 * @call_page: where it looks for blobs
 * @system: the system blob, checked by the hypervisor
 * @cpu_number: which number each of the hypervisor's CPUs goes by, or PARTITA_NO_CPU: Linux's, but
 *	its own where this Linux is a cell, whose numbers others do not know
 * @cells: by id, NULL where there is none
 * @event_irq: Linux's number of the event interrupt, 0 for none
 * @wait: those who wait for events
 */
struct partita {
	struct mutex lock;
	struct rw_semaphore view;
	spinlock_t status_lock;
	enum partita_state state;
	bool hibernating;
	u32 generation;
	struct miscdevice misc;
	struct platform_device *pdev;
	struct partita_memory *memory;
	struct cpumask inside;
	u64 mpidr[NR_CPUS];
	const struct pt_status *status;
	const u8 *console;
	u32 this_cell;
	void *call_page;
	struct pt_system *system;
	unsigned int cpu_number[PT_MAX_CPUS];
	struct partita_cell *cells[PT_MAX_CELLS];
	unsigned int event_irq;
	wait_queue_head_t wait;
};

extern struct partita partita;

/**
 * partita_is_locked() - does the hypervisor refuse what partita_lock() has it refuse?
 *
 * The caller holds partita.lock, or can do with an answer of a moment ago.
 *
 * Return: true then.
 */
static inline bool partita_is_locked(void)
{
	return partita.status && READ_ONCE(partita.status->locked);
}

#define PARTITA_NO_CPU	UINT_MAX

/**
 * partita_is_ours() - has this kernel enabled the hypervisor?
 *
 * Return: true while it has not got rid of it again.
 */
static inline bool partita_is_ours(void)
{
	return partita.state == PARTITA_ON || partita.state == PARTITA_LEAVING;
}

/**
 * enum partita_el2 - who is at EL2
 * @PARTITA_EL2_STUB: the kernel's stub, or KVM or the hypervisor above it; the kernel runs at EL1
 * @PARTITA_EL2_VHE: the kernel itself
 * @PARTITA_EL2_NONE: nobody of ours
 */
enum partita_el2 {
	PARTITA_EL2_STUB,
	PARTITA_EL2_VHE,
	PARTITA_EL2_NONE,
};

/* launch.c */
enum partita_el2 partita_el2(void);
struct device_node *partita_gic_node(void);
bool partita_spi_is_for_messages(u32 intid);
int partita_enable(struct pt_ioc_enable *ioc);
int partita_disable(s32 *error);
int partita_lock(s32 *error);
int partita_disable_for_reboot(void);
long partita_hypercall(unsigned long function, u64 argument, struct arm_smccc_res *res);
void partita_status_show(const struct pt_status *status, const void *console);
void partita_status_hide(void);

/* manager.c */
int partita_manager_init(void);
void partita_manager_exit(void);
void partita_manager_look(void);
const void *partita_manager_comm(u32 id);

/* kvm.c */
bool partita_kvm_guest_exists(void);
bool partita_kvm_keeps_el2(void);
void partita_kvm_revive(void);

/* memory.c */
void partita_pages_hide(struct page *page, u64 size);
void partita_pages_show(struct page *page, u64 size);
struct partita_memory *partita_memory_alloc(size_t size, size_t align);
void partita_memory_put(struct partita_memory *memory);
int partita_memory_request(struct partita_file *file, struct pt_ioc_memory *ioc);
void partita_memory_release(struct partita_file *file);
struct partita_memory *partita_memory_get(const struct list_head *holds,
					  const struct pt_region *region);
void partita_memory_hand_over(struct list_head *holds, const struct partita_memory *memory);
void partita_cache_clean_inval(const void *start, size_t size);
void *partita_hypervisor_memory(u64 phys, size_t size);

/* vacate.c */
int partita_memory_affordable(u64 size, struct pt_ioc_memory *ioc);
int partita_memory_survey(const struct pt_ioc_memory_survey *ioc);
int partita_memory_vacate_step(struct partita_memory *memory, phys_addr_t *obstacle);
void partita_memory_return(const struct partita_memory *memory);

/* pci.c */
int partita_functions_take(struct partita_cell *cell, struct pt_ioc_cell_create *ioc);
void partita_functions_return(struct partita_cell *cell);

/* cells.c */
struct partita_cell *partita_cell_new(const char *name);
struct partita_cell *partita_cell_by_id(u32 id);
u32 partita_cell_state(const struct partita_cell *cell);
u32 partita_cell_resets(const struct partita_cell *cell);
int partita_cell_call(struct partita_cell *cell, unsigned long function, bool killable, s32 *error);
void partita_cell_set(u32 id, struct partita_cell *cell);
int partita_cell_load(struct pt_ioc_cell_load *ioc);
int partita_cell_start(struct pt_ioc_cell *ioc);
int partita_cell_shutdown(struct pt_ioc_cell *ioc);
int partita_cell_stop(struct pt_ioc_cell *ioc);
bool partita_cell_wants_restart(const struct partita_cell *cell);
void partita_cell_restart(struct partita_cell *cell);

/* creation.c */
int partita_cell_create(struct partita_file *file, struct pt_ioc_cell_create *ioc);
int partita_cell_destroy(struct pt_ioc_cell *ioc);
bool partita_cells_exist(void);
int partita_cells_destroy_all(void);
int partita_root_create(void);
void partita_root_destroy(void);

/* cell_memory.c */
int partita_cell_get_memory(const struct partita_file *file, struct partita_cell *cell,
			    struct pt_ioc_cell_create *ioc);
void partita_cell_put_memory(struct partita_cell *cell);
u64 partita_cell_ram_alone(const struct partita_cell *cell);
u64 partita_cell_find_memory(const struct partita_cell *cell, u64 ipa, phys_addr_t *phys);
int partita_memory_write(phys_addr_t phys, const u8 *data, u64 size);

/* contents.c */
int partita_contents_write(const struct partita_cell *cell);
int partita_contents_add(struct partita_cell *cell, u64 ipa, const u8 __user *data, u64 size);
void partita_contents_drop(struct partita_cell *cell);

/* debug.c */
int partita_cell_inspect(struct pt_ioc_cell_inspect *ioc);
int partita_cell_vcpu(struct pt_ioc_cell_vcpu *ioc);
int partita_cell_debug(const struct partita_file *file, struct pt_ioc_cell_debug *ioc);
void partita_debug_release(const struct partita_file *file);

/* restart.c */
int partita_restart_init(void);
void partita_restart_exit(void);
void partita_restart_soon(void);

/* sysfs.c */
extern const struct attribute_group *partita_groups[];
extern const struct kobj_type partita_cell_type;
int partita_sysfs_create(void);
void partita_sysfs_remove(void);
int partita_sysfs_add_cell(struct partita_cell *cell);
void partita_sysfs_remove_cell(struct partita_cell *cell);
void partita_sysfs_put_cell(struct partita_cell *cell);

/* console.c */
const struct pt_report *partita_report(u32 cell);
const struct pt_info *partita_info(u32 cell);
int partita_console_read(struct pt_ioc_console *ioc);
int partita_console_write(struct pt_ioc_console_write *ioc);

/* events.c */
unsigned int partita_events_map(u32 spi);
void partita_events_start(unsigned int irq);
void partita_events_stop(void);
void partita_events_scan(void);
void partita_events_announce(bool enabled);
bool partita_changes(u32 *changes, u32 *generation);

#endif
