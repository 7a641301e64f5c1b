// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is shown in /sys/class/misc/partita. The format is promised in docs/sysfs.md.
 *
 * These files exist only while the hypervisor's memory can be read, and removing them waits for
 * their readers, so that a show function takes no lock of ours; except partita.view for a cell's
 * communication area, which goes before the files do. They are made and removed with partita.lock
 * held, and never under partita.view.
 */
#include "driver.h"

#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <asm/cpufeature.h>
#include <asm/sysreg.h>

/**
 * struct board_cpu - directory of a CPU
 * @kobj: in cpus/
 * @index: the hypervisor's number of it
 */
struct board_cpu {
	struct kobject kobj;
	unsigned int index;
};

#define CPU_NUMBERS	(NR_CPUS + PT_MAX_CPUS)	/* enough, whoever counts */

static struct kobject *hypervisor_dir;
static struct kobject *cells_dir;
static struct kobject *cpus_dir;
static struct board_cpu *board_cpus[PT_MAX_CPUS];

static const char *word(const char *const *words, u32 count, u32 value)
{
	return value < count ? words[value] : "invalid";
}

/* The device itself */

static ssize_t enabled_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", READ_ONCE(partita.state) != PARTITA_OFF);
}
static DEVICE_ATTR_RO(enabled);

static ssize_t abi_version_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", PT_ABI_VERSION);
}
static DEVICE_ATTR_RO(abi_version);

static ssize_t el2_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	static const char *const words[] = {
		[PARTITA_EL2_STUB] = "stub",
		[PARTITA_EL2_VHE] = "vhe",
		[PARTITA_EL2_NONE] = "none",
	};

	return sysfs_emit(buf, "%s\n", words[partita_el2()]);
}
static DEVICE_ATTR_RO(el2);

static ssize_t pa_bits_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	/* ID_AA64MMFR0_EL1.PARange, bits 3:0 */
	u64 range = read_sanitised_ftr_reg(SYS_ID_AA64MMFR0_EL1) & 0xf;

	return sysfs_emit(buf, "%u\n", id_aa64mmfr0_parange_to_phys_shift(range));
}
static DEVICE_ATTR_RO(pa_bits);

static struct attribute *partita_attrs[] = {
	&dev_attr_enabled.attr,
	&dev_attr_abi_version.attr,
	&dev_attr_el2.attr,
	&dev_attr_pa_bits.attr,
	NULL
};

static const struct attribute_group partita_group = {
	.attrs = partita_attrs,
};

const struct attribute_group *partita_groups[] = {
	&partita_group,
	NULL
};

/* hypervisor/ */

#define HYPERVISOR_ATTR(_name, _format, _value)						\
	static ssize_t _name##_show(struct kobject *kobj, struct kobj_attribute *attr,	\
				    char *buf)						\
	{										\
		return sysfs_emit(buf, _format "\n", _value);				\
	}										\
	static struct kobj_attribute hypervisor_##_name = __ATTR_RO(_name)

HYPERVISOR_ATTR(memory_size, "%llu", READ_ONCE(partita.status->memory_size));
HYPERVISOR_ATTR(fixed_size, "%llu", READ_ONCE(partita.status->fixed_size));
HYPERVISOR_ATTR(comm_size, "%llu", READ_ONCE(partita.status->comm_size));
HYPERVISOR_ATTR(table_size, "%llu", READ_ONCE(partita.status->table_size));
HYPERVISOR_ATTR(changes, "%u", READ_ONCE(partita.status->changes));
HYPERVISOR_ATTR(event_irq, "%u", READ_ONCE(partita.event_irq));
HYPERVISOR_ATTR(this_cell, "%u", partita.this_cell);
HYPERVISOR_ATTR(locked, "%u", READ_ONCE(partita.status->locked));

static const struct attribute *hypervisor_attrs[] = {
	&hypervisor_memory_size.attr,
	&hypervisor_fixed_size.attr,
	&hypervisor_comm_size.attr,
	&hypervisor_table_size.attr,
	&hypervisor_changes.attr,
	&hypervisor_event_irq.attr,
	&hypervisor_this_cell.attr,
	&hypervisor_locked.attr,
	NULL
};

/* cells/ID/ */

static const struct pt_cell_status *cell_status(const struct partita_cell *cell)
{
	return &partita.status->cells[cell->id];
}

static ssize_t show_name(const struct partita_cell *cell, char *buf)
{
	return sysfs_emit(buf, "%s\n", cell->name);
}

static ssize_t show_state(const struct partita_cell *cell, char *buf)
{
	static const char *const words[] = PT_CELL_STATE_WORDS;

	return sysfs_emit(buf, "%s\n",
			  word(words, ARRAY_SIZE(words), READ_ONCE(cell_status(cell)->state)));
}

static ssize_t show_cpus(const struct partita_cell *cell, char *buf)
{
	DECLARE_BITMAP(numbers, CPU_NUMBERS) = {};
	unsigned int board;

	for_each_set_bit(board, cell->cpus, PT_MAX_CPUS)
		__set_bit(partita.cpu_number[board], numbers);
	return sysfs_emit(buf, "%*pbl\n", CPU_NUMBERS, numbers);
}

static ssize_t show_cpus_mpidr(const struct partita_cell *cell, char *buf)
{
	const char *blank = "";
	unsigned int i;
	int at = 0;

	for (i = 0; i < cell->cpu_count; i++) {
		/* The root has lent some. */
		if (!test_bit(cell->order[i], cell->cpus))
			continue;
		at += sysfs_emit_at(buf, at, "%s%#llx", blank,
				    partita.status->cpus[cell->order[i]].mpidr);
		blank = " ";
	}
	return at + sysfs_emit_at(buf, at, "\n");
}

static ssize_t show_memory(const struct partita_cell *cell, char *buf)
{
	return sysfs_emit(buf, "%llu\n", READ_ONCE(cell->ram_size));
}

static ssize_t show_regions(const struct partita_cell *cell, char *buf)
{
	const struct pt_region *region;
	int at = 0;

	for (region = cell->regions; region < cell->regions + cell->region_count; region++)
		at += sysfs_emit_at(buf, at, "%#llx %#llx %llu %s%s%s%s%s%s\n", region->ipa, region->pa,
				    region->size,
				    region->flags & PT_REGION_READ ? "r" : "",
				    region->flags & PT_REGION_WRITE ? "w" : "",
				    region->flags & PT_REGION_EXEC ? "x" : "",
				    region->flags & PT_REGION_DEVICE ? "d" : "",
				    region->flags & PT_REGION_SHARED ? "s" : "",
				    region->flags & PT_REGION_PCI ? "p" : "");
	return at;
}

static ssize_t show_starts(const struct partita_cell *cell, char *buf)
{
	u32 starts = cell->id == PT_ROOT_CELL ? 0 : READ_ONCE(cell_status(cell)->starts);

	return sysfs_emit(buf, "%u\n", starts);
}

static ssize_t show_resets(const struct partita_cell *cell, char *buf)
{
	return sysfs_emit(buf, "%u\n", partita_cell_resets(cell));
}

static ssize_t show_request(const struct partita_cell *cell, char *buf)
{
	static const char *const words[] = { "none", "shutdown" };
	const struct pt_info *info;
	u32 request;

	down_read(&partita.view);
	info = partita_info(cell->id);
	request = info ? READ_ONCE(info->request) : 0;
	up_read(&partita.view);
	return sysfs_emit(buf, "%s\n", word(words, ARRAY_SIZE(words), request));
}

static ssize_t show_answer(const struct partita_cell *cell, char *buf)
{
	static const char *const words[] = { "none", "yes", "no" };
	const struct pt_report *report;
	u32 answer;

	down_read(&partita.view);
	report = partita_report(cell->id);
	answer = report ? READ_ONCE(report->answer) : 0;
	up_read(&partita.view);
	return sysfs_emit(buf, "%s\n", word(words, ARRAY_SIZE(words), answer));
}

static ssize_t show_heartbeat(const struct partita_cell *cell, char *buf)
{
	const struct pt_report *report;
	u64 heartbeat;

	down_read(&partita.view);
	report = partita_report(cell->id);
	heartbeat = report ? READ_ONCE(report->heartbeat) : 0;
	up_read(&partita.view);
	return sysfs_emit(buf, "%llu\n", heartbeat);
}

static ssize_t show_fault(const struct partita_cell *cell, char *buf)
{
#define WORD(name, words)	words,
	static const char *const kinds[] = { PT_FAULTS(WORD) };
#undef WORD
	const struct pt_fault *fault = &cell_status(cell)->fault;
	u32 kind = READ_ONCE(fault->kind);
	u32 cpu = READ_ONCE(fault->cpu);
	unsigned int i;
	int at;

	if (cell->id == PT_ROOT_CELL || kind == PT_FAULT_NONE)
		return sysfs_emit(buf, "none\n");
	at = sysfs_emit(buf,
			"kind %s\ncpu %u\npc %#llx\naddress %#llx\nfar %#llx\nesr %#llx\npstate %#llx\n",
			word(kinds, ARRAY_SIZE(kinds), kind),
			cpu < PT_MAX_CPUS ? partita.cpu_number[cpu] : cpu, fault->pc, fault->ipa,
			fault->far, fault->esr, fault->pstate);
	for (i = 0; i < ARRAY_SIZE(fault->x); i++)
		at += sysfs_emit_at(buf, at, "x%u %#llx\n", i, fault->x[i]);
	return at;
}

#define CELL_ATTR(_name, _mode)							\
	static ssize_t _name##_show(struct kobject *kobj, struct kobj_attribute *attr,	\
				    char *buf)						\
	{										\
		return show_##_name(container_of(kobj, struct partita_cell, kobj), buf); \
	}										\
	static struct kobj_attribute cell_##_name =						\
		__ATTR(_name, _mode, _name##_show, NULL)

/* Registers and physical addresses are for root only, as everywhere in the kernel. */
CELL_ATTR(name, 0444);
CELL_ATTR(state, 0444);
CELL_ATTR(cpus, 0444);
CELL_ATTR(cpus_mpidr, 0444);
CELL_ATTR(memory, 0444);
CELL_ATTR(regions, 0400);
CELL_ATTR(starts, 0444);
CELL_ATTR(resets, 0444);
CELL_ATTR(request, 0444);
CELL_ATTR(answer, 0444);
CELL_ATTR(heartbeat, 0444);
CELL_ATTR(fault, 0400);

static struct attribute *cell_attrs[] = {
	&cell_name.attr,
	&cell_state.attr,
	&cell_cpus.attr,
	&cell_cpus_mpidr.attr,
	&cell_memory.attr,
	&cell_regions.attr,
	&cell_starts.attr,
	&cell_resets.attr,
	&cell_request.attr,
	&cell_answer.attr,
	&cell_heartbeat.attr,
	&cell_fault.attr,
	NULL
};
ATTRIBUTE_GROUPS(cell);

static void cell_release(struct kobject *kobj)
{
	kfree(container_of(kobj, struct partita_cell, kobj));
}

const struct kobj_type partita_cell_type = {
	.release = cell_release,
	.sysfs_ops = &kobj_sysfs_ops,
	.default_groups = cell_groups,
};

/* cpus/cpuN/ */

static const struct pt_cpu_status *cpu_status(struct kobject *kobj)
{
	return &partita.status->cpus[container_of(kobj, struct board_cpu, kobj)->index];
}

static ssize_t mpidr_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%#llx\n", cpu_status(kobj)->mpidr);
}
static struct kobj_attribute cpu_mpidr = __ATTR_RO(mpidr);

static ssize_t cell_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(cpu_status(kobj)->cell));
}
static struct kobj_attribute cpu_cell = __ATTR_RO(cell);

static ssize_t cpu_state_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	static const char *const words[] = {
		[PT_CPU_ABSENT] = "absent",
		[PT_CPU_RUNNING] = "running",
		[PT_CPU_PARKED] = "parked",
		[PT_CPU_STARTING] = "starting",
		[PT_CPU_OFF] = "off",
	};

	return sysfs_emit(buf, "%s\n",
			  word(words, ARRAY_SIZE(words), READ_ONCE(cpu_status(kobj)->state)));
}
static struct kobj_attribute cpu_state = __ATTR(state, 0444, cpu_state_show, NULL);

static ssize_t exits_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
#define WORD(name, word)	word,
	static const char *const words[] = { PT_EXITS(WORD) };
#undef WORD
	const struct pt_cpu_status *cpu = cpu_status(kobj);
	u64 exits[PT_EXIT_REASONS], total = 0;
	unsigned int i;
	int at;

	for (i = 0; i < PT_EXIT_REASONS; i++) {
		exits[i] = READ_ONCE(cpu->exits[i]) & PT_EXITS_COUNT;
		if (i < PT_EXIT_CAUSES)
			total += exits[i];
	}
	at = sysfs_emit(buf, "total %llu\n", total);
	for (i = 0; i < PT_EXIT_REASONS; i++)
		at += sysfs_emit_at(buf, at, "%s %llu\n", words[i], exits[i]);
	return at;
}
static struct kobj_attribute cpu_exits = __ATTR_RO(exits);

static struct attribute *cpu_attrs[] = {
	&cpu_mpidr.attr,
	&cpu_cell.attr,
	&cpu_state.attr,
	&cpu_exits.attr,
	NULL
};
ATTRIBUTE_GROUPS(cpu);

static void cpu_release(struct kobject *kobj)
{
	kfree(container_of(kobj, struct board_cpu, kobj));
}

static const struct kobj_type cpu_type = {
	.release = cpu_release,
	.sysfs_ops = &kobj_sysfs_ops,
	.default_groups = cpu_groups,
};

static int add_board_cpu(unsigned int index)
{
	struct board_cpu *cpu;
	int ret;

	cpu = kzalloc(sizeof(*cpu), GFP_KERNEL);
	if (!cpu)
		return -ENOMEM;
	cpu->index = index;
	ret = kobject_init_and_add(&cpu->kobj, &cpu_type, cpus_dir, "cpu%u",
				   partita.cpu_number[index]);
	if (ret) {
		kobject_put(&cpu->kobj);
		return ret;
	}
	board_cpus[index] = cpu;
	return 0;
}

/* Let cells/ID/cpuN be where the CPU is now; sysfs_remove_link() bears that there is none. */
static int link_cpu(const struct partita_cell *from, struct partita_cell *to, unsigned int index)
{
	char name[16];

	if (!board_cpus[index])
		return 0;
	snprintf(name, sizeof(name), "cpu%u", partita.cpu_number[index]);
	if (from)
		sysfs_remove_link((struct kobject *)&from->kobj, name);
	if (!to)
		return 0;
	sysfs_remove_link(&to->kobj, name);
	return sysfs_create_link(&to->kobj, &board_cpus[index]->kobj, name);
}

/**
 * partita_sysfs_add_cell() - show a cell
 * @cell: initialised, with its id
 *
 * Return: 0, or a negative errno with nothing shown.
 */
int partita_sysfs_add_cell(struct partita_cell *cell)
{
	struct partita_cell *root = partita.cells[PT_ROOT_CELL];
	unsigned int board;
	int ret;

	if (!cells_dir)
		return -ENOENT;
	ret = kobject_add(&cell->kobj, cells_dir, "%u", cell->id);
	if (ret)
		return ret;
	for_each_set_bit(board, cell->cpus, PT_MAX_CPUS) {
		ret = link_cpu(cell == root ? NULL : root, cell, board);
		if (ret) {
			partita_sysfs_remove_cell(cell);
			return ret;
		}
	}
	return 0;
}

/**
 * partita_sysfs_remove_cell() - show a cell no more, and its CPUs as the root's
 * @cell: shown or not; stays allocated
 */
void partita_sysfs_remove_cell(struct partita_cell *cell)
{
	struct partita_cell *root = partita.cells[PT_ROOT_CELL];
	unsigned int board;

	if (!cell->kobj.state_in_sysfs)
		return;
	for_each_set_bit(board, cell->cpus, PT_MAX_CPUS)
		if (link_cpu(cell, cell == root ? NULL : root, board))
			pr_warn("cpu%u is missing in sysfs\n", partita.cpu_number[board]);
	kobject_del(&cell->kobj);
}

/**
 * partita_sysfs_put_cell() - free a cell
 * @cell: not shown any more
 */
void partita_sysfs_put_cell(struct partita_cell *cell)
{
	kobject_put(&cell->kobj);
}

/**
 * partita_sysfs_create() - make the directories that exist while the hypervisor is enabled
 *
 * Return: 0, or a negative errno; partita_sysfs_remove() is then still due.
 */
int partita_sysfs_create(void)
{
	struct kobject *parent = &partita.misc.this_device->kobj;
	unsigned int index;
	int ret;

	hypervisor_dir = kobject_create_and_add("hypervisor", parent);
	cells_dir = kobject_create_and_add("cells", parent);
	cpus_dir = kobject_create_and_add("cpus", parent);
	if (!hypervisor_dir || !cells_dir || !cpus_dir)
		return -ENOMEM;
	ret = sysfs_create_files(hypervisor_dir, hypervisor_attrs);
	if (ret)
		return ret;
	for (index = 0; index < PT_MAX_CPUS; index++) {
		if (partita.cpu_number[index] == PARTITA_NO_CPU)
			continue;
		ret = add_board_cpu(index);
		if (ret)
			return ret;
	}
	return 0;
}

/* Gone from sysfs and without readers when this returns, whoever still holds the object. */
static void remove_dir(struct kobject **dir)
{
	kobject_del(*dir);
	kobject_put(*dir);
	*dir = NULL;
}

/**
 * partita_sysfs_remove() - remove what partita_sysfs_create() has made, however far it came
 */
void partita_sysfs_remove(void)
{
	unsigned int index;

	for (index = 0; index < PT_MAX_CPUS; index++) {
		if (!board_cpus[index])
			continue;
		kobject_del(&board_cpus[index]->kobj);
		kobject_put(&board_cpus[index]->kobj);
		board_cpus[index] = NULL;
	}
	remove_dir(&cpus_dir);
	remove_dir(&cells_dir);
	remove_dir(&hypervisor_dir);
}
