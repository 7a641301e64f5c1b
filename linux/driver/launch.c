// SPDX-License-Identifier: GPL-2.0-only
/*
 * How the hypervisor gets underneath the running kernel and out again, CPU by CPU.
 *
 * The way in is the hypervisor stub that an arm64 kernel leaves at EL2 when it was started there
 * but runs at EL1 itself. Either all online CPUs are under the hypervisor or none: whatever fails
 * on the way in, those that had entered leave again.
 */
#include "driver.h"

#include <linux/arm-smccc.h>
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/of_address.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <asm/cacheflush.h>
#include <asm/cputype.h>
#include <asm/sysreg.h>
#include <asm/virt.h>

#define IMAGE_MAX		(16UL << 20)	/* bytes of an image file that we bother to read */
#define PART_MAX		(256UL << 20)	/* bytes of each part of the hypervisor's memory */
#define DISABLE_TIMEOUT_MS	5000

/* A number that no stub knows: it answers HVC_STUB_ERR, KVM answers something else. */
#define HVC_UNKNOWN		HVC_STUB_HCALL_NR

/**
 * struct entry - one CPU's way into the hypervisor
 * @address: physical, of the image's entry
 * @error: enum pt_error, or enum pt_refusal
 * @status: physical address of struct pt_status
 * @reason: enum pt_blob_reason
 * @offset: of the field that is wrong
 * @mpidr: this CPU's affinity
 */
struct entry {
	phys_addr_t address;
	int error;
	u64 status;
	u64 reason;
	u64 offset;
	u64 mpidr;
};

/**
 * partita_hypercall() - call the hypervisor
 * @function: PT_HC_*
 * @argument: for x1
 * @res: all it answered
 *
 * The caller holds partita.lock and is on a CPU that is under the hypervisor.
 *
 * Return: enum pt_error or a positive value.
 */
long partita_hypercall(unsigned long function, u64 argument, struct arm_smccc_res *res)
{
	lockdep_assert_held(&partita.lock);
	arm_smccc_1_1_hvc(function, argument, res);
	return (long)res->a0;
}

/*
 * Call whoever sits at EL2 now. x[] are the registers x0-x4, in and out. The entry of the
 * hypervisor keeps x19-x30 and nothing else; x18 is the shadow call stack in some kernels.
 */
static void call_el2(u64 x[5])
{
	register u64 x0 asm("x0") = x[0];
	register u64 x1 asm("x1") = x[1];
	register u64 x2 asm("x2") = x[2];
	register u64 x3 asm("x3") = x[3];
	register u64 x4 asm("x4") = x[4];

	asm volatile("mov	x19, x18\n\t"
		     "hvc	#0\n\t"
		     "mov	x18, x19"
		     : "+r" (x0), "+r" (x1), "+r" (x2), "+r" (x3), "+r" (x4)
		     :: "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15",
		     "x16", "x17", "x19", "cc", "memory");
	x[0] = x0;
	x[1] = x1;
	x[2] = x2;
	x[3] = x3;
	x[4] = x4;
}

static bool stub_at_el2(void)
{
	u64 x[5] = { HVC_UNKNOWN };

	call_el2(x);
	return x[0] == HVC_STUB_ERR;
}

/* On the CPU that enters, interrupts masked. */
static void enter_this_cpu(void *data)
{
	struct entry *entry = data;
	u64 reset[5] = { HVC_RESET_VECTORS };
	u64 restart[5] = { HVC_SOFT_RESTART, entry->address };

	entry->mpidr = read_cpuid_mpidr() & PT_MPIDR_MASK;
	if (!stub_at_el2() && !partita_kvm_keeps_el2()) {
		entry->error = PT_REFUSED_KVM;
		return;
	}
	call_el2(reset);
	/* KVM in protected mode does not let go; SOFT_RESTART would then not return. */
	if (!stub_at_el2()) {
		entry->error = PT_EHW;
		return;
	}
	call_el2(restart);
	entry->error = (int)(s64)restart[0];
	entry->status = restart[1];
	entry->reason = restart[2];
	entry->offset = restart[3];
}

/* On the CPU that leaves, interrupts masked. */
static void leave_this_cpu(void *data)
{
	struct arm_smccc_res res;

	arm_smccc_1_1_hvc(PT_HC_LEAVE, 0, &res);
	*(long *)data = (long)res.a0;
}

/*
 * Take all CPUs that are inside out, last in first out. Caller holds cpus_read_lock(). A CPU that
 * cannot leave stays in partita.inside, and then nothing of the hypervisor may be freed.
 */
static int leave_all(void)
{
	unsigned int cpu;
	int ret = 0;

	for (cpu = nr_cpu_ids; cpu-- > 0;) {
		long answer = 0;

		if (!cpumask_test_cpu(cpu, &partita.inside))
			continue;
		/* A CPU that went offline while inside was switched off by the firmware. */
		if (cpu_online(cpu))
			ret = smp_call_function_single(cpu, leave_this_cpu, &answer, true);
		if (ret || answer != PT_OK) {
			pr_err("CPU %u cannot leave the hypervisor (%ld)\n", cpu, ret ?: answer);
			return -EIO;
		}
		cpumask_clear_cpu(cpu, &partita.inside);
	}
	return 0;
}

/* Bring all online CPUs in, one after another. Caller holds cpus_read_lock(). */
static int enter_all(phys_addr_t address, struct pt_ioc_enable *ioc, u64 *status)
{
	unsigned int cpu;
	int ret;

	for_each_online_cpu(cpu) {
		struct entry entry = { .address = address };

		ret = smp_call_function_single(cpu, enter_this_cpu, &entry, true);
		if (ret)
			entry.error = PT_ECPU;
		if (!entry.error) {
			cpumask_set_cpu(cpu, &partita.inside);
			partita.mpidr[cpu] = entry.mpidr;
			*status = entry.status;
			continue;
		}
		ioc->cpu = cpu;
		if (entry.error == PT_REFUSED_KVM) {
			ioc->error = PT_REFUSED_KVM;
			pr_err("a KVM guest is running: EL2 of CPU %u is KVM's\n", cpu);
		} else if (entry.error == PT_EBLOB) {
			ioc->error = PT_EBLOB;
			ioc->reason = entry.reason;
			ioc->offset = entry.offset;
			pr_err("the system blob is refused: reason %u at offset %u\n",
			       ioc->reason, ioc->offset);
		} else {
			ioc->error = PT_REFUSED_CPU_FAILED;
			ioc->code = entry.error;
			pr_err("CPU %u did not enter the hypervisor (%d)\n", cpu, entry.error);
		}
		return -EREMOTEIO;
	}
	return 0;
}

static int refuse(struct pt_ioc_enable *ioc, enum pt_refusal refusal, const char *why)
{
	ioc->error = refusal;
	pr_err("%s\n", why);
	return -EREMOTEIO;
}

/* As linux/irqchip/arm-gic.h has them, which does not go together with arm-gic-v3.h. */
#define GICC_CTLR		0
#define GICC_CTLR_EOIMODE_NS	BIT(9)
#define V2M_MSI_TYPER		0x8	/* of irq-gic-v2m.c */

/* The GICv2s that config/board.c knows; arm64 kernels drive all of them alike. */
static const struct of_device_id gicv2_nodes[] = {
	{ .compatible = "arm,gic-400" },
	{ .compatible = "arm,cortex-a15-gic" },
	{ .compatible = "arm,cortex-a7-gic" },
	{ .compatible = "qcom,msm-qgic2" },
	{ }
};

/**
 * partita_gic_node() - the interrupt controller in the device tree
 *
 * Return: a node to be put, or NULL.
 */
struct device_node *partita_gic_node(void)
{
	struct device_node *node = of_find_compatible_node(NULL, NULL, "arm,gic-v3");

	return node ?: of_find_matching_node(NULL, gicv2_nodes);
}

/* A frame of GICv2 message interrupts: which it has stands in the tree, or else in MSI_TYPER. */
static bool frame_holds(struct device_node *node, u32 intid)
{
	void __iomem *frame = of_iomap(node, 0);
	u32 typer = 0, first, count;

	if (frame) {
		typer = readl_relaxed(frame + V2M_MSI_TYPER);
		iounmap(frame);
	}
	first = typer >> 16 & 0x3ff;
	count = typer & 0x3ff;
	of_property_read_u32(node, "arm,msi-base-spi", &first);
	of_property_read_u32(node, "arm,msi-num-spis", &count);
	return intid >= first && intid - first < count;
}

/**
 * partita_spi_is_for_messages() - does the kernel give this SPI to whoever asks for a message?
 * @intid: of the SPI
 *
 * Return: true if it is in a frame of the board's GICv2.
 */
bool partita_spi_is_for_messages(u32 intid)
{
	struct device_node *node;

	for_each_compatible_node(node, NULL, "arm,gic-v2m-frame") {
		if (frame_holds(node, intid)) {
			of_node_put(node);
			return true;
		}
	}
	return false;
}

/* GICC_CTLR of this CPU; 0 where there is no GICv2. The second entry of 'reg' is the CPU interface. */
static u32 gicv2_control(void)
{
	struct device_node *node = of_find_matching_node(NULL, gicv2_nodes);
	void __iomem *gicc = node ? of_iomap(node, 1) : NULL;
	u32 control = 0;

	if (gicc) {
		control = readl_relaxed(gicc + GICC_CTLR);
		iounmap(gicc);
	}
	of_node_put(node);
	return control;
}

/* ID_AA64PFR0_EL1.GIC, bits 27:24: system register interface of GICv3 or later */
static bool gic_has_registers(void)
{
	return read_sanitised_ftr_reg(SYS_ID_AA64PFR0_EL1) >> 24 & 0xf &&
	       read_sysreg_s(SYS_ICC_SRE_EL1) & ICC_SRE_EL1_SRE;
}

/**
 * partita_el2() - who is at EL2
 *
 * Without EL2 an HVC is undefined, so it cannot be tried, and the kernel's __boot_cpu_mode is not
 * for modules. But its GIC drivers split priority drop and deactivation (EOImode = 1) just when
 * the kernel was started at EL2. That tells also while the hypervisor is there.
 *
 * Return: enum partita_el2.
 */
enum partita_el2 partita_el2(void)
{
	if (is_kernel_in_hyp_mode())
		return PARTITA_EL2_VHE;
	if (gic_has_registers()) {
		if (read_sysreg_s(SYS_ICC_CTLR_EL1) & ICC_CTLR_EL1_EOImode_MASK)
			return PARTITA_EL2_STUB;
	} else if (gicv2_control() & GICC_CTLR_EOIMODE_NS) {
		return PARTITA_EL2_STUB;
	}
	return PARTITA_EL2_NONE;
}

/* Can this kernel on this machine be slid under at all? Nothing here may trap where it cannot. */
static int check_machine(struct pt_ioc_enable *ioc)
{
	enum partita_el2 el2 = partita_el2();
	unsigned int cpu;

	if (el2 == PARTITA_EL2_VHE)
		return refuse(ioc, PT_REFUSED_VHE,
			      "the kernel runs at EL2 (VHE): boot it with id_aa64mmfr1.vh=0 kvm-arm.mode=none");
	if (!gic_has_registers() && !gicv2_control())
		return refuse(ioc, PT_REFUSED_GIC,
			      "neither a GICv3 with system registers nor a GICv2");
	if (el2 != PARTITA_EL2_STUB)
		return refuse(ioc, PT_REFUSED_NO_EL2, "the kernel was not started at EL2");
	for_each_present_cpu(cpu) {
		if (!cpu_online(cpu)) {
			ioc->cpu = cpu;
			return refuse(ioc, PT_REFUSED_CPU_OFFLINE,
				      "all CPUs must be online to enable the hypervisor");
		}
	}
	if (partita_kvm_guest_exists())
		return refuse(ioc, PT_REFUSED_KVM, "a KVM guest is running");
	return 0;
}

static const struct pt_image_header *header_of(const void *image)
{
	return image + PT_IMAGE_HEADER;
}

static int check_image(struct pt_ioc_enable *ioc, const struct pt_image_header *header)
{
	if (header->magic != PT_IMAGE_MAGIC)
		return refuse(ioc, PT_REFUSED_IMAGE, "this is not an image of the hypervisor");
	if (header->version != PT_ABI_VERSION) {
		ioc->code = header->version;
		return refuse(ioc, PT_REFUSED_VERSION,
			      "image and driver were built for different interface versions");
	}
	if (header->file_size > ioc->image_size || header->file_size > header->core_size ||
	    header->core_size > PART_MAX || header->percpu_size > PART_MAX ||
	    header->pool_size > PART_MAX ||
	    !PAGE_ALIGNED(header->core_size | header->percpu_size | header->pool_size) ||
	    header->entry_offset >= header->file_size || header->entry_offset % 4 ||
	    header->system_offset < PT_IMAGE_HEADER + sizeof(*header) ||
	    (u64)header->system_offset + PT_BLOB_MAX > header->core_size)
		return refuse(ioc, PT_REFUSED_IMAGE, "the head of the image makes no sense");
	return 0;
}

/* Lay the hypervisor out in memory, as abi/partita/image.h says. */
static int load_image(struct pt_ioc_enable *ioc, const void *image)
{
	const struct pt_image_header *header = header_of(image);
	struct pt_image_header *target;
	unsigned int cpus;
	u64 size;
	void *base;

	/* The hypervisor has a place for each CPU of the blob, also for one that Linux does not use. */
	cpus = max(num_present_cpus(), min_t(u32, partita.system->cpus.count, PT_MAX_CPUS));
	size = header->core_size + (u64)cpus * header->percpu_size + header->pool_size;
	partita.memory = partita_memory_alloc(size, PAGE_SIZE);
	if (!partita.memory) {
		ioc->size = size;
		ioc->error = PT_REFUSED_MEMORY;
		pr_err("no contiguous memory of %llu KiB for the hypervisor\n", size >> 10);
		return -EREMOTEIO;
	}
	base = phys_to_virt(partita.memory->phys);
	memset(base, 0, size);
	memcpy(base, image, header->file_size);
	memset(base + header->system_offset, 0, PT_BLOB_MAX);
	memcpy(base + header->system_offset, partita.system, ioc->system_size);
	target = base + PT_IMAGE_HEADER;
	target->memory_size = size;
	target->percpu_offset = header->core_size;
	partita_cache_clean_inval(base, size);
	/* The entry runs before the hypervisor can invalidate what was code here before. */
	caches_clean_inval_pou((unsigned long)base, (unsigned long)base + header->file_size);
	return 0;
}

static void unload_image(void)
{
	partita_memory_put(partita.memory);
	partita.memory = NULL;
}

/**
 * partita_status_show() - from here on partita.status can be read
 * @status: checked
 * @console: the hypervisor's ring
 */
void partita_status_show(const struct pt_status *status, const void *console)
{
	down_write(&partita.view);
	spin_lock(&partita.status_lock);
	partita.console = console;
	partita.status = status;
	partita.generation++;
	spin_unlock(&partita.status_lock);
	up_write(&partita.view);
}

/**
 * partita_status_hide() - undo partita_status_show()
 */
void partita_status_hide(void)
{
	down_write(&partita.view);
	spin_lock(&partita.status_lock);
	partita.status = NULL;
	spin_unlock(&partita.status_lock);
	up_write(&partita.view);
}

static int attach_status(struct pt_ioc_enable *ioc, u64 phys)
{
	const struct pt_status *status = partita_hypervisor_memory(phys, sizeof(*status));
	unsigned int board, cpu;
	void *call_page, *console;

	if (!status || status->magic != PT_STATUS_MAGIC || status->version != PT_ABI_VERSION ||
	    status->cpu_count > PT_MAX_CPUS)
		return refuse(ioc, PT_REFUSED_IMAGE, "the hypervisor shows no status");
	call_page = partita_hypervisor_memory(status->call_page, PT_BLOB_MAX);
	if (!call_page)
		return refuse(ioc, PT_REFUSED_IMAGE, "the hypervisor has no call page");
	console = partita_hypervisor_memory(status->console, PT_CONSOLE_SIZE);
	if (!console)
		return refuse(ioc, PT_REFUSED_IMAGE, "the hypervisor has no console");
	for (board = 0; board < PT_MAX_CPUS; board++) {
		partita.cpu_number[board] = PARTITA_NO_CPU;
		for_each_cpu(cpu, &partita.inside)
			if (board < status->cpu_count &&
			    status->cpus[board].mpidr == partita.mpidr[cpu])
				partita.cpu_number[board] = cpu;
	}
	partita.call_page = call_page;
	partita.this_cell = PT_ROOT_CELL;
	partita_status_show(status, console);
	return 0;
}

static void detach_status(void)
{
	partita_status_hide();
	partita.call_page = NULL;
}

/* Ask for the end until the CPUs that are not online are switched off. */
static int ask_for_disable(s32 *error)
{
	ktime_t deadline = ktime_add_ms(ktime_get(), DISABLE_TIMEOUT_MS);
	struct arm_smccc_res res;
	long answer;

	for (;;) {
		answer = partita_hypercall(PT_HC_DISABLE, 0, &res);
		if (answer == PT_OK)
			return 0;
		if (answer != PT_AGAIN) {
			*error = answer;
			return -EREMOTEIO;
		}
		if (ktime_after(ktime_get(), deadline)) {
			pr_err("a CPU that is offline does not switch off\n");
			return -ETIMEDOUT;
		}
		usleep_range(500, 1000);
	}
}

/*
 * Out of the hypervisor with every CPU. On failure before the first CPU has left all is as it
 * was, and after that the state is PARTITA_LEAVING.
 */
static int leave(s32 *error)
{
	int ret = 0;

	/* No CPU may come or go between the word that the others are off and the end. */
	cpus_read_lock();
	if (partita.state == PARTITA_ON)
		ret = ask_for_disable(error);
	if (!ret) {
		WRITE_ONCE(partita.state, PARTITA_LEAVING);
		ret = leave_all();
	}
	cpus_read_unlock();
	return ret;
}

/* Everything that was built upon the hypervisor, in reverse order; all CPUs have left it. */
static void tear_down(void)
{
	partita_kvm_revive();
	partita_events_stop();
	partita_root_destroy();
	partita_sysfs_remove();
	detach_status();
	unload_image();
	kfree(partita.system);
	partita.system = NULL;
	WRITE_ONCE(partita.state, PARTITA_OFF);
	wake_up_interruptible_all(&partita.wait);
	module_put(THIS_MODULE);
}

static int launch(struct pt_ioc_enable *ioc, const struct pt_image_header *header)
{
	u64 status = 0;
	int ret;

	cpumask_clear(&partita.inside);
	cpus_read_lock();
	ret = enter_all(partita.memory->phys + header->entry_offset, ioc, &status);
	if (!ret)
		ret = attach_status(ioc, status);
	if (ret && leave_all())
		WRITE_ONCE(partita.state, PARTITA_LEAVING);
	cpus_read_unlock();
	return ret;
}

static int copy_in(struct pt_ioc_enable *ioc, void **image)
{
	if (ioc->image_size < PT_IMAGE_HEADER + sizeof(struct pt_image_header) || ioc->image_size > IMAGE_MAX)
		return refuse(ioc, PT_REFUSED_IMAGE, "this is not an image of the hypervisor");
	*image = vmemdup_user(u64_to_user_ptr(ioc->image), ioc->image_size);
	if (IS_ERR(*image))
		return PTR_ERR(*image);
	return 0;
}

static int copy_system(struct pt_ioc_enable *ioc)
{
	struct pt_system *system;

	if (ioc->system_size < sizeof(*system) ||
	    ioc->system_size > PT_BLOB_MAX) {
		ioc->error = PT_EBLOB;
		ioc->reason = PT_BLOB_LENGTH;
		ioc->offset = offsetof(struct pt_blob_header, length);
		return -EREMOTEIO;
	}
	system = memdup_user(u64_to_user_ptr(ioc->system), ioc->system_size);
	if (IS_ERR(system))
		return PTR_ERR(system);
	/* What is read of the blob later must lie in what was copied. */
	if (system->header.length > ioc->system_size) {
		kfree(system);
		ioc->error = PT_EBLOB;
		ioc->reason = PT_BLOB_LENGTH;
		ioc->offset = offsetof(struct pt_blob_header, length);
		return -EREMOTEIO;
	}
	partita.system = system;
	return 0;
}

/**
 * partita_enable() - put the hypervisor underneath this kernel
 * @ioc: its image and system blob, and where to say what is wrong
 *
 * The caller holds partita.lock.
 *
 * Return: 0, or a negative errno with all as before; -EREMOTEIO where @ioc->error says more.
 */
int partita_enable(struct pt_ioc_enable *ioc)
{
	void *image = NULL;
	s32 unused;
	int ret;

	lockdep_assert_held(&partita.lock);
	if (partita.state != PARTITA_OFF || partita.hibernating) {
		pr_err("the hypervisor is enabled already, or the system hibernates\n");
		return -EBUSY;
	}
	ret = check_machine(ioc);
	if (ret)
		return ret;
	ret = copy_in(ioc, &image);
	if (ret)
		return ret;
	ret = check_image(ioc, header_of(image));
	if (ret)
		goto out_image;
	ret = copy_system(ioc);
	if (ret)
		goto out_image;
	ret = load_image(ioc, image);
	if (ret)
		goto out_system;

	/* Kept until tear_down(): no rmmod under a hypervisor. */
	__module_get(THIS_MODULE);
	ret = launch(ioc, header_of(image));
	if (ret)
		goto out_launch;
	ret = partita_sysfs_create();
	if (ret)
		goto out_leave;
	ret = partita_root_create();
	if (ret)
		goto out_leave;
	WRITE_ONCE(partita.state, PARTITA_ON);
	partita_events_start(partita_events_map(partita.system->event_spi));
	partita_events_announce(true);
	pr_info("hypervisor enabled, %zu KiB at %pa\n", partita.memory->size >> 10,
		&partita.memory->phys);
	kvfree(image);
	return 0;

out_leave:
	WRITE_ONCE(partita.state, PARTITA_ON);
	leave(&unused);
out_launch:
	/* With a CPU stuck inside the memory must stay; PT_IOC_DISABLE tries again. */
	if (!cpumask_empty(&partita.inside)) {
		kvfree(image);
		return ret;
	}
	tear_down();
	kvfree(image);
	return ret;
out_system:
	kfree(partita.system);
	partita.system = NULL;
out_image:
	kvfree(image);
	return ret;
}

/**
 * partita_disable() - take the hypervisor away
 * @error: enum pt_error where the hypervisor refuses
 *
 * The caller holds partita.lock. May be repeated after a failure.
 *
 * Return: 0, or a negative errno: -EBUSY while cells exist, -EREMOTEIO where @error says more.
 */
int partita_disable(s32 *error)
{
	int ret;

	lockdep_assert_held(&partita.lock);
	if (partita.state == PARTITA_OFF)
		return -ENODEV;
	if (partita_is_locked()) {
		*error = PT_ELOCKED;
		return -EREMOTEIO;
	}
	if (partita_cells_exist())
		return -EBUSY;
	ret = leave(error);
	if (ret)
		return ret;
	tear_down();
	partita_events_announce(false);
	pr_info("hypervisor disabled\n");
	return 0;
}

/**
 * partita_lock() - nobody creates, loads or destroys cells, or disables, until the board is reset
 * @error: enum pt_error where the hypervisor refuses
 *
 * The caller holds partita.lock.
 *
 * Return: 0, or -EREMOTEIO where @error says more.
 */
int partita_lock(s32 *error)
{
	struct arm_smccc_res res;

	lockdep_assert_held(&partita.lock);
	*error = partita_hypercall(PT_HC_LOCK, 0, &res);
	if (*error)
		return -EREMOTEIO;
	pr_info("locked until the board is reset\n");
	return 0;
}

/**
 * partita_disable_for_reboot() - end all cells and take the hypervisor away, by force
 *
 * The caller holds partita.lock. CPUs stay offline: the kernel is about to end.
 *
 * Return: 0, also where there is nothing of ours, or a negative errno.
 */
int partita_disable_for_reboot(void)
{
	s32 error = 0;
	int ret;

	if (!partita_is_ours())
		return 0;
	ret = partita_cells_destroy_all();
	if (!ret)
		ret = leave(&error);
	if (ret)
		return ret;
	tear_down();
	pr_info("hypervisor disabled for reboot\n");
	return 0;
}
