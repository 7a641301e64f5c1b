// SPDX-License-Identifier: GPL-2.0-only
/*
 * The smallest virtual machine monitor: starts a KVM guest of a few instructions, which
 * stores a known value to an address that is not memory, and checks that it arrives.
 *
 *	kvm          exit 0 if the guest ran, 1 if not
 *	kvm hold     then keep the machine until killed
 */
#include <fcntl.h>
#include <linux/kvm.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define MEMORY_AT	0x40000000ull
#define DEVICE_AT	0x10000000ull
#define ANSWER		0x2a

static const uint32_t guest_code[] = {
	0xd2a20000,	/* mov x0, #0x10000000 */
	0x52800541,	/* mov w1, #0x2a */
	0xb9000001,	/* str w1, [x0] */
	0x14000000,	/* b . */
};

static int must(int result, const char *what)
{
	if (result < 0) {
		perror(what);
		_exit(1);
	}
	return result;
}

int main(int argc, char **argv)
{
	int kvm = must(open("/dev/kvm", O_RDWR), "/dev/kvm");
	int machine = must(ioctl(kvm, KVM_CREATE_VM, 0), "KVM_CREATE_VM");
	void *memory = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct kvm_userspace_memory_region region = {
		.guest_phys_addr = MEMORY_AT, .memory_size = 65536,
		.userspace_addr = (uintptr_t)memory,
	};
	struct kvm_vcpu_init init;
	uint64_t entry = MEMORY_AT;
	struct kvm_one_reg pc = {
		.id = KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE |
		      KVM_REG_ARM_CORE_REG(regs.pc),
		.addr = (uintptr_t)&entry,
	};
	struct kvm_run *run;
	uint32_t value = 0;
	int cpu;

	if (memory == MAP_FAILED)
		return 1;
	memcpy(memory, guest_code, sizeof(guest_code));
	must(ioctl(machine, KVM_SET_USER_MEMORY_REGION, &region), "KVM_SET_USER_MEMORY_REGION");
	cpu = must(ioctl(machine, KVM_CREATE_VCPU, 0), "KVM_CREATE_VCPU");
	must(ioctl(machine, KVM_ARM_PREFERRED_TARGET, &init), "KVM_ARM_PREFERRED_TARGET");
	must(ioctl(cpu, KVM_ARM_VCPU_INIT, &init), "KVM_ARM_VCPU_INIT");
	must(ioctl(cpu, KVM_SET_ONE_REG, &pc), "KVM_SET_ONE_REG");
	run = mmap(NULL, must(ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), "KVM_GET_VCPU_MMAP_SIZE"),
		   PROT_READ | PROT_WRITE, MAP_SHARED, cpu, 0);
	if (run == MAP_FAILED)
		return 1;
	must(ioctl(cpu, KVM_RUN, 0), "KVM_RUN");
	memcpy(&value, run->mmio.data, sizeof(value));
	if (run->exit_reason != KVM_EXIT_MMIO || run->mmio.phys_addr != DEVICE_AT ||
	    value != ANSWER) {
		printf("unexpected exit %u\n", run->exit_reason);
		return 1;
	}
	printf("guest ran\n");
	fflush(stdout);
	if (argc > 1 && !strcmp(argv[1], "hold"))
		pause();
	return 0;
}
