// SPDX-License-Identifier: GPL-2.0-only
/*
 * A virtual machine monitor for one guest, the benchmark cell: memory, an interrupt controller, a console, and nothing that
 * would run beside it. It runs on the emulated board, where nothing but KVM is to be measured.
 *
 *	vmm IMAGE CPU...		one virtual CPU on each of these CPUs, alone there (SCHED_FIFO)
 *	vmm hold IMAGE CPU...		when the guest has ended, keep the machine until killed
 *
 * Prints what the guest prints, and after the guest's end these lines:
 *
 *	vmm entered TICKS		the counter before the first KVM_RUN
 *	vmm first TICKS			the counter in the guest's first instruction
 *	vmm exits NUMBER CONSOLE	how often the guest was left, and how often of these to print
 *	vmm memory BYTES		pages of the guest's memory that are not zero
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

/* As on the board itself. */
#define GICD_AT		0x08000000ull
#define GICR_AT		0x080a0000ull
#define UART_AT		0x09000000ull
#define UARTDR		0x00
#define UARTFR		0x18
#define MEMORY_AT	0x40000000ull

#define MEMORY_SIZE	(16ull << 20)
#define PAGE		4096u
#define INTERRUPTS	64
#define CPUS_MAX	2

struct vcpu {
	pthread_t thread;
	int fd, cpu;
	struct kvm_run *run;
	uint64_t entered;
};

static struct vcpu vcpus[CPUS_MAX];
static int vcpu_count, kvm, machine;
static char *memory;

static int must(int result, const char *what)
{
	if (result < 0) {
		perror(what);
		exit(1);
	}
	return result;
}

static __attribute__((noreturn)) void die(const char *what)
{
	fprintf(stderr, "vmm: %s\n", what);
	exit(1);
}

/*
 * The guest's first page. KVM shifts the guest's virtual counter, but not the physical one, and only that compares with the
 * counter outside. The image follows on the next page.
 */
struct first_page {
	uint32_t code[4];
	uint64_t ticks;
};

_Static_assert(offsetof(struct first_page, ticks) == 16, "the code below has it there");
extern const struct first_page first_page;
asm(".pushsection .rodata\n"
	".balign 8\n"
    "first_page:\n"
	"mrs	x1, cntpct_el0\n"
	"adr	x2, first_page + 16\n"
	"str	x1, [x2]\n"
	"b	first_page + 4096\n"
	".quad	0\n"
    ".popsection");

static uint64_t counter(void)
{
	uint64_t ticks;

	asm volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(ticks) : : "memory");
	return ticks;
}

/* --- making the machine ------------------------------------------------------------------------------------------- */

/* All of it is there before the guest runs: a page that the host has yet to find is not the hypervisor's cost. */
static void add_memory(const char *image)
{
	struct kvm_userspace_memory_region region = {
		.guest_phys_addr = MEMORY_AT, .memory_size = MEMORY_SIZE,
	};
	int file = must(open(image, O_RDONLY), image);

	memory = mmap(NULL, MEMORY_SIZE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (memory == MAP_FAILED)
		die("no memory for the guest");
	memcpy(memory, &first_page, sizeof(first_page));
	must((int)read(file, memory + PAGE, MEMORY_SIZE - PAGE), image);
	close(file);
	region.userspace_addr = (uintptr_t)memory;
	must(ioctl(machine, KVM_SET_USER_MEMORY_REGION, &region), "KVM_SET_USER_MEMORY_REGION");
}

static void add_vcpu(int cpu)
{
	struct vcpu *vcpu = &vcpus[vcpu_count];
	struct kvm_vcpu_init init;
	uint64_t entry = MEMORY_AT;
	struct kvm_one_reg pc = {
		.id = KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE |
		      KVM_REG_ARM_CORE_REG(regs.pc),
		.addr = (uintptr_t)&entry,
	};

	vcpu->cpu = cpu;
	vcpu->fd = must(ioctl(machine, KVM_CREATE_VCPU, vcpu_count), "KVM_CREATE_VCPU");
	must(ioctl(machine, KVM_ARM_PREFERRED_TARGET, &init), "KVM_ARM_PREFERRED_TARGET");
	init.features[0] = 1u << KVM_ARM_VCPU_PSCI_0_2;
	if (vcpu_count)
		init.features[0] |= 1u << KVM_ARM_VCPU_POWER_OFF;
	must(ioctl(vcpu->fd, KVM_ARM_VCPU_INIT, &init), "KVM_ARM_VCPU_INIT");
	must(ioctl(vcpu->fd, KVM_SET_ONE_REG, &pc), "KVM_SET_ONE_REG");
	vcpu->run = mmap(NULL, (size_t)must(ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), "KVM_GET_VCPU_MMAP_SIZE"),
			 PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd, 0);
	if (vcpu->run == MAP_FAILED)
		die("no memory for a virtual CPU");
	vcpu_count++;
}

static void gic_set(int gic, uint32_t group, uint64_t attribute, void *value)
{
	struct kvm_device_attr request = {
		.group = group, .attr = attribute, .addr = (uintptr_t)value,
	};

	must(ioctl(gic, KVM_SET_DEVICE_ATTR, &request), "KVM_SET_DEVICE_ATTR");
}

/* After the virtual CPUs: it has a redistributor for each. */
static void add_gic(void)
{
	struct kvm_create_device device = { .type = KVM_DEV_TYPE_ARM_VGIC_V3 };
	uint64_t gicd = GICD_AT, gicr = GICR_AT;
	uint32_t interrupts = INTERRUPTS;

	must(ioctl(machine, KVM_CREATE_DEVICE, &device), "KVM_CREATE_DEVICE");
	gic_set((int)device.fd, KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0, &interrupts);
	gic_set((int)device.fd, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_DIST, &gicd);
	gic_set((int)device.fd, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_REDIST, &gicr);
	gic_set((int)device.fd, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, NULL);
}

/* --- running it --------------------------------------------------------------------------------------------------- */

/* A PL011 that is never full. */
static void access_device(struct kvm_run *run)
{
	const uint64_t at = run->mmio.phys_addr;

	if (at == UART_AT + UARTDR && run->mmio.is_write) {
		putchar(run->mmio.data[0]);
	} else if (at == UART_AT + UARTFR && !run->mmio.is_write) {
		memset(run->mmio.data, 0, sizeof(run->mmio.data));
	} else {
		fprintf(stderr, "vmm: the guest wants a device at %#llx\n", (unsigned long long)at);
		exit(1);
	}
}

static void have_cpu_alone(int cpu)
{
	const struct sched_param first = { .sched_priority = sched_get_priority_max(SCHED_FIFO) };
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	must(sched_setaffinity(0, sizeof(set), &set), "sched_setaffinity");
	must(sched_setscheduler(0, SCHED_FIFO, &first), "sched_setscheduler");
}

/* Ends with the guest, which only its first virtual CPU turns off. */
static void *run_vcpu(void *argument)
{
	struct vcpu *vcpu = argument;

	have_cpu_alone(vcpu->cpu);
	vcpu->entered = counter();
	for (;;) {
		must(ioctl(vcpu->fd, KVM_RUN, 0), "KVM_RUN");
		switch (vcpu->run->exit_reason) {
		case KVM_EXIT_MMIO:
			access_device(vcpu->run);
			break;
		case KVM_EXIT_SYSTEM_EVENT:
			return NULL;
		default:
			fprintf(stderr, "vmm: KVM gives up on the guest: exit reason %u\n",
				vcpu->run->exit_reason);
			exit(1);
		}
	}
}

/* --- what is known afterwards ------------------------------------------------------------------------------------- */

/* One of KVM's own counts, over all virtual CPUs of the machine. */
static unsigned long long kvm_count(const char *name)
{
	unsigned long long number;
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "/sys/kernel/debug/kvm/%d-%d/%s", getpid(), machine, name);
	file = fopen(path, "r");
	if (!file || fscanf(file, "%llu", &number) != 1)
		die("KVM's counts are not in debugfs");
	fclose(file);
	return number;
}

static unsigned long long memory_touched(void)
{
	static const char zeroes[PAGE];
	unsigned long long bytes = 0;

	for (size_t at = 0; at < MEMORY_SIZE; at += PAGE)
		if (memcmp(memory + at, zeroes, PAGE))
			bytes += PAGE;
	return bytes;
}

static void report(void)
{
	const struct first_page *first = (const void *)memory;

	printf("vmm entered %llu\n", (unsigned long long)vcpus[0].entered);
	printf("vmm first %llu\n", (unsigned long long)first->ticks);
	printf("vmm exits %llu %llu\n", kvm_count("exits"), kvm_count("mmio_exit_user"));
	printf("vmm memory %llu\n", memory_touched());
	fflush(stdout);
}

int main(int argc, char **argv)
{
	const bool hold = argc > 1 && !strcmp(argv[1], "hold");
	char **arguments = argv + 1 + hold;
	const int cpus = argc - 2 - hold;

	if (cpus < 1 || cpus > CPUS_MAX)
		die("usage: vmm [hold] IMAGE CPU...");
	kvm = must(open("/dev/kvm", O_RDWR), "/dev/kvm");
	machine = must(ioctl(kvm, KVM_CREATE_VM, 0), "KVM_CREATE_VM");
	add_memory(arguments[0]);
	for (int i = 0; i < cpus; i++)
		add_vcpu(atoi(arguments[1 + i]));
	add_gic();
	for (int i = 0; i < vcpu_count; i++)
		if (pthread_create(&vcpus[i].thread, NULL, run_vcpu, &vcpus[i]))
			die("no thread for a virtual CPU");
	pthread_join(vcpus[0].thread, NULL);
	report();
	while (hold)
		pause();
	return 0;
}
