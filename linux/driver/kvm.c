// SPDX-License-Identifier: GPL-2.0-only
/*
 * Living with KVM, which wants EL2 as well. While a guest exists Partita keeps out; while Partita
 * is enabled the hypervisor turns KVM's calls away; afterwards KVM is made to set up EL2 again.
 */
#include "driver.h"

#include <linux/cpu_pm.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/version.h>
#include <linux/workqueue.h>

/* KVM names its anonymous inodes "kvm-vm" and "kvm-vcpu:N"; each of them keeps the guest alive. */
static int is_kvm_guest(const void *unused, struct file *file, unsigned int fd)
{
	const struct dentry *dentry = file->f_path.dentry;

	return dentry->d_sb->s_magic == ANON_INODE_FS_MAGIC &&
	       str_has_prefix(dentry->d_name.name, "kvm-v");
}

/**
 * partita_kvm_guest_exists() - does any process hold a virtual machine of KVM?
 *
 * KVM tells nobody how many guests it has, so this looks through all open files. A descriptor
 * that is just being passed through a socket is not seen. Before 6.12 the entry of each CPU finds
 * that too, see partita_kvm_keeps_el2().
 *
 * Return: true where one was found.
 */
bool partita_kvm_guest_exists(void)
{
	struct task_struct *process, *thread;
	bool found = false;

	rcu_read_lock();
	for_each_process_thread(process, thread) {
		/* The lock keeps ->files from going away with an exiting task. */
		task_lock(thread);
		if (thread->files)
			found = iterate_fd(thread->files, 0, is_kvm_guest, NULL);
		task_unlock(thread);
		if (found)
			goto out;	/* break leaves only the inner of two loops */
	}
out:
	rcu_read_unlock();
	return found;
}

/**
 * partita_kvm_keeps_el2() - does KVM hold EL2 even without a guest?
 *
 * It does since it sets up all CPUs when it is loaded, 6.12. Before, an EL2 that is KVM's means
 * that a guest exists.
 *
 * Return: whether it does so in this kernel.
 */
bool partita_kvm_keeps_el2(void)
{
	return LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0);
}

/*
 * On the CPU itself, in a kernel thread: as if it went to sleep and was woken at once. What is notified may
 * expect that no user's task was interrupted.
 */
static long sleep_and_wake(void *unused)
{
	unsigned long flags;
	int ret;

	local_irq_save(flags);
	ret = cpu_pm_enter();
	if (!ret)
		ret = cpu_pm_exit();
	local_irq_restore(flags);
	return ret;
}

/**
 * partita_kvm_revive() - make KVM set up EL2 again wherever it believes to hold it
 *
 * Where it does not, this does nothing. KVM does so for a CPU that wakes from a sleep in which its
 * registers were lost; the CPU need not go offline for it. One that is offline needs nothing: KVM
 * sets up EL2 when it comes online.
 */
void partita_kvm_revive(void)
{
	unsigned int cpu;

	for_each_online_cpu(cpu)
		if (work_on_cpu_safe(cpu, sleep_and_wake, NULL))
			pr_warn("KVM will not work on CPU %u until it was offline\n", cpu);
}
