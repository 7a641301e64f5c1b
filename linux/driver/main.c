// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/partita: how user space manages the Partita hypervisor. This file turns system calls into
 * calls of the others, and serialises them.
 */
#include "driver.h"

#include <linux/capability.h>
#include <linux/dma-mapping.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/reboot.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/suspend.h>
#include <linux/uaccess.h>

struct partita partita = {
	.lock = __MUTEX_INITIALIZER(partita.lock),
	.view = __RWSEM_INITIALIZER(partita.view),
	.status_lock = __SPIN_LOCK_UNLOCKED(partita.status_lock),
	.wait = __WAIT_QUEUE_HEAD_INITIALIZER(partita.wait),
};

static int partita_open(struct inode *inode, struct file *filp)
{
	struct partita_file *file;

	/* Who can do this can do all. */
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	file = kzalloc(sizeof(*file), GFP_KERNEL);
	if (!file)
		return -ENOMEM;
	INIT_LIST_HEAD(&file->memory);
	filp->private_data = file;
	return stream_open(inode, filp);
}

static int partita_release(struct inode *inode, struct file *filp)
{
	struct partita_file *file = filp->private_data;

	mutex_lock(&partita.lock);
	partita_debug_release(file);
	partita_memory_release(file);
	mutex_unlock(&partita.lock);
	kfree(file);
	return 0;
}

union partita_ioc {
	struct pt_ioc_enable enable;
	struct pt_ioc_memory memory;
	struct pt_ioc_memory_survey survey;
	struct pt_ioc_cell_create create;
	struct pt_ioc_cell_load load;
	struct pt_ioc_cell cell;
	struct pt_ioc_console console;
	struct pt_ioc_console_write console_write;
	struct pt_ioc_cell_inspect inspect;
	struct pt_ioc_cell_vcpu vcpu;
	struct pt_ioc_cell_debug debug;
};

/* What a Linux that is a cell itself can ask for, where it has the right. */
static bool is_for_managers(unsigned int cmd)
{
	return cmd == PT_IOC_CELL_START || cmd == PT_IOC_CELL_SHUTDOWN || cmd == PT_IOC_CELL_STOP;
}

/* With partita.lock held. */
static int manage(struct partita_file *file, unsigned int cmd, union partita_ioc *ioc)
{
	if (partita.state == PARTITA_MANAGER && !is_for_managers(cmd))
		return -EOPNOTSUPP;
	switch (cmd) {
	case PT_IOC_ENABLE:
		return partita_enable(&ioc->enable);
	case PT_IOC_DISABLE:
		return partita_disable(&ioc->cell.error);
	}
	if (partita.state != PARTITA_MANAGER &&
	    (partita.state != PARTITA_ON || !partita.cells[PT_ROOT_CELL]))
		return -ENODEV;
	switch (cmd) {
	case PT_IOC_MEM_ALLOC:
		return partita_memory_request(file, &ioc->memory);
	case PT_IOC_MEM_SURVEY:
		return partita_memory_survey(&ioc->survey);
	case PT_IOC_CELL_CREATE:
		return partita_cell_create(file, &ioc->create);
	case PT_IOC_CELL_LOAD:
		return partita_cell_load(&ioc->load);
	case PT_IOC_CELL_START:
		return partita_cell_start(&ioc->cell);
	case PT_IOC_CELL_SHUTDOWN:
		return partita_cell_shutdown(&ioc->cell);
	case PT_IOC_CELL_STOP:
		return partita_cell_stop(&ioc->cell);
	case PT_IOC_CELL_DESTROY:
		return partita_cell_destroy(&ioc->cell);
	case PT_IOC_LOCK:
		return partita_lock(&ioc->cell.error);
	case PT_IOC_CELL_INSPECT:
		return partita_cell_inspect(&ioc->inspect);
	case PT_IOC_CELL_VCPU:
		return partita_cell_vcpu(&ioc->vcpu);
	case PT_IOC_CELL_DEBUG:
		return partita_cell_debug(file, &ioc->debug);
	}
	return -ENOTTY;
}

/* What a call says beside its errno begins from nothing, whatever the caller's memory held. */
static void clear_answers(unsigned int cmd, union partita_ioc *ioc)
{
	switch (cmd) {
	case PT_IOC_ENABLE:
		ioc->enable.error = 0;
		ioc->enable.code = 0;
		ioc->enable.cpu = 0;
		ioc->enable.reason = 0;
		ioc->enable.offset = 0;
		ioc->enable.size = 0;
		break;
	case PT_IOC_MEM_ALLOC:
		ioc->memory.vacated = 0;
		ioc->memory.missing = 0;
		break;
	case PT_IOC_CELL_CREATE:
		ioc->create.error = 0;
		ioc->create.code = 0;
		ioc->create.cpu = 0;
		ioc->create.reason = 0;
		ioc->create.offset = 0;
		ioc->create.cell = PT_NO_CELL;
		break;
	case PT_IOC_CELL_LOAD:
		ioc->load.error = 0;
		break;
	case PT_IOC_CONSOLE_WRITE:
		ioc->console_write.error = 0;
		break;
	case PT_IOC_CELL_INSPECT:
		ioc->inspect.error = 0;
		break;
	case PT_IOC_CELL_VCPU:
		ioc->vcpu.error = 0;
		break;
	case PT_IOC_CELL_DEBUG:
		ioc->debug.error = 0;
		break;
	case PT_IOC_DISABLE:
	case PT_IOC_CELL_START:
	case PT_IOC_CELL_SHUTDOWN:
	case PT_IOC_CELL_STOP:
	case PT_IOC_CELL_DESTROY:
	case PT_IOC_LOCK:
		ioc->cell.error = 0;
		break;
	}
}

static long partita_ioctl(struct file *filp, unsigned int cmd, unsigned long arg)
{
	void __user *user = (void __user *)arg;
	size_t size = _IOC_SIZE(cmd);
	union partita_ioc ioc;
	int ret;

	switch (cmd) {
	case PT_IOC_ENABLE:
	case PT_IOC_DISABLE:
	case PT_IOC_MEM_ALLOC:
	case PT_IOC_MEM_SURVEY:
	case PT_IOC_CELL_CREATE:
	case PT_IOC_CELL_LOAD:
	case PT_IOC_CELL_START:
	case PT_IOC_CELL_SHUTDOWN:
	case PT_IOC_CELL_STOP:
	case PT_IOC_CELL_DESTROY:
	case PT_IOC_CONSOLE:
	case PT_IOC_CONSOLE_WRITE:
	case PT_IOC_LOCK:
	case PT_IOC_CELL_INSPECT:
	case PT_IOC_CELL_VCPU:
	case PT_IOC_CELL_DEBUG:
		break;
	default:
		return -ENOTTY;
	}
	if (copy_from_user(&ioc, user, size))
		return -EFAULT;
	clear_answers(cmd, &ioc);
	if (cmd == PT_IOC_CONSOLE) {
		ret = partita_console_read(&ioc.console);
	} else if (cmd == PT_IOC_CONSOLE_WRITE) {
		ret = partita_console_write(&ioc.console_write);
	} else {
		if (mutex_lock_killable(&partita.lock))
			return -EINTR;
		ret = manage(filp->private_data, cmd, &ioc);
		mutex_unlock(&partita.lock);
	}
	/* What has been done stays done, also where nobody can be told any more. */
	if (copy_to_user(user, &ioc, size))
		return -EFAULT;
	return ret;
}

/* What this file has not read yet. */
static bool news(const struct partita_file *file, u32 *changes, u32 *generation, bool *enabled)
{
	*enabled = partita_changes(changes, generation);
	if (!*enabled)
		return false;
	return *changes != (file->generation == *generation ? file->seen : 0);
}

static bool worth_waking(const struct partita_file *file)
{
	u32 changes, generation;
	bool enabled;

	return news(file, &changes, &generation, &enabled) || !enabled;
}

static ssize_t partita_read(struct file *filp, char __user *buf, size_t count, loff_t *pos)
{
	struct partita_file *file = filp->private_data;
	struct pt_event event = {};
	u32 generation;
	bool enabled;
	int ret;

	if (count < sizeof(event))
		return -EINVAL;
	while (!news(file, &event.changes, &generation, &enabled)) {
		if (!enabled)
			return -ENODEV;
		if (filp->f_flags & O_NONBLOCK)
			return -EAGAIN;
		ret = wait_event_interruptible(partita.wait, worth_waking(file));
		if (ret)
			return ret;
	}
	if (copy_to_user(buf, &event, sizeof(event)))
		return -EFAULT;
	/* Two readers of one file may both get an event; neither misses one. */
	file->seen = event.changes;
	file->generation = generation;
	return sizeof(event);
}

static __poll_t partita_poll(struct file *filp, poll_table *wait)
{
	struct partita_file *file = filp->private_data;
	u32 changes, generation;
	bool enabled, readable;

	poll_wait(filp, &partita.wait, wait);
	readable = news(file, &changes, &generation, &enabled);
	if (!enabled)
		return EPOLLHUP | EPOLLERR;
	return readable ? EPOLLIN | EPOLLRDNORM : 0;
}

static const struct file_operations partita_fops = {
	.owner = THIS_MODULE,
	.open = partita_open,
	.release = partita_release,
	.read = partita_read,
	.poll = partita_poll,
	.unlocked_ioctl = partita_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

/*
 * The next kernel, or the firmware, must find EL2 and the CPUs as this kernel once did. Not
 * reached by a crash: a kernel that panics under the hypervisor stays under it, and so does the
 * crash kernel that it starts, while cells go on.
 */
static int on_reboot(struct notifier_block *block, unsigned long action, void *command)
{
	int ret;

	mutex_lock(&partita.lock);
	ret = partita_is_locked() ? 0 : partita_disable_for_reboot();
	mutex_unlock(&partita.lock);
	/* The word of kernel_kexec(). Under a hypervisor that stays the next kernel would lack what cells have. */
	if (partita_is_locked() && command && !strcmp(command, "kexec reboot")) {
		pr_emerg("no kexec under a locked hypervisor: resetting the board\n");
		emergency_restart();
	}
	if (ret)
		pr_emerg("the hypervisor cannot be disabled before the reboot (%d)\n", ret);
	return NOTIFY_DONE;
}

/* Before KVM's own, which wants its calls answered by the stub. */
static struct notifier_block reboot_block = {
	.notifier_call = on_reboot,
	.priority = 1,
};

/* An image of memory that is the hypervisor's or a cell's can be neither taken nor restored. */
static int on_sleep(struct notifier_block *block, unsigned long action, void *unused)
{
	int ret = NOTIFY_DONE;

	mutex_lock(&partita.lock);
	switch (action) {
	case PM_HIBERNATION_PREPARE:
	case PM_RESTORE_PREPARE:
		if (partita_is_ours())
			ret = notifier_from_errno(-EBUSY);
		else
			partita.hibernating = true;
		break;
	case PM_POST_HIBERNATION:
	case PM_POST_RESTORE:
		partita.hibernating = false;
		break;
	}
	mutex_unlock(&partita.lock);
	if (ret != NOTIFY_DONE)
		pr_err("no hibernation while the hypervisor is enabled: partita disable\n");
	return ret;
}

static struct notifier_block sleep_block = {
	.notifier_call = on_sleep,
};

static int __init partita_init(void)
{
	const struct platform_device_info info = {
		.name = KBUILD_MODNAME,
		.id = PLATFORM_DEVID_NONE,
		.dma_mask = DMA_BIT_MASK(64),
	};
	int ret;

	partita.pdev = platform_device_register_full(&info);
	if (IS_ERR(partita.pdev))
		return PTR_ERR(partita.pdev);
	partita.misc.minor = MISC_DYNAMIC_MINOR;
	partita.misc.name = "partita";
	partita.misc.fops = &partita_fops;
	partita.misc.groups = partita_groups;
	partita.misc.mode = 0600;
	ret = partita_restart_init();
	if (ret)
		goto out_pdev;
	ret = register_reboot_notifier(&reboot_block);
	if (ret)
		goto out_restart;
	ret = register_pm_notifier(&sleep_block);
	if (ret)
		goto out_reboot;
	ret = misc_register(&partita.misc);
	if (ret)
		goto out_sleep;
	ret = partita_manager_init();
	if (ret)
		goto out_misc;
	return 0;

out_misc:
	misc_deregister(&partita.misc);
out_sleep:
	unregister_pm_notifier(&sleep_block);
out_reboot:
	unregister_reboot_notifier(&reboot_block);
out_restart:
	partita_restart_exit();
out_pdev:
	platform_device_unregister(partita.pdev);
	return ret;
}

static void __exit partita_exit(void)
{
	partita_manager_exit();
	misc_deregister(&partita.misc);
	unregister_pm_notifier(&sleep_block);
	unregister_reboot_notifier(&reboot_block);
	partita_restart_exit();
	platform_device_unregister(partita.pdev);
}

module_init(partita_init);
module_exit(partita_exit);

MODULE_DESCRIPTION("Partita real-time partitioning hypervisor");
MODULE_AUTHOR("The Partita authors");
MODULE_LICENSE("GPL");
