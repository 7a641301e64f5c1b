// SPDX-License-Identifier: GPL-2.0-only
/*
 * PCI functions of cells. Linux gives one up by removing the device, as if it had been unplugged,
 * and finds it again by a scan of its place. In between nobody else gets its addresses, and the
 * bridges before it stay on.
 *
 * All of this is done with partita.lock held.
 */
#include "driver.h"

#include <linux/ioport.h>
#include <linux/of.h>
#include <linux/of_address.h>
#include <linux/pci.h>
#include <linux/pm_runtime.h>
#include <linux/slab.h>

/**
 * struct partita_function - a PCI function that Linux has given up
 * @list: among those of its cell
 * @away: among those of all cells
 * @bridge: the one before it, with a reference and kept from sleeping, or NULL
 * @holds_bridge: it is this one that has forbidden the bridge to sleep, or has inherited that
 * @domain: where it is
 * @bus: where it is
 * @devfn: where it is
 * @bars: what of the address space is kept for it; of size 0 where it has none
 */
struct partita_function {
	struct list_head list;
	struct list_head away;
	struct pci_dev *bridge;
	bool holds_bridge;
	int domain;
	unsigned int bus;
	unsigned int devfn;
	struct resource *bars[PCI_STD_NUM_BARS];
};

static LIST_HEAD(away);

/* The physical page of its configuration space; 0 where that is not ECAM as the standard has it. */
static u64 config_page(const struct pci_dev *pdev)
{
	const struct pci_host_bridge *host = pci_find_host_bridge(pdev->bus);
	struct device_node *node = host->dev.parent ? host->dev.parent->of_node : NULL;
	struct resource ecam;

	if (!of_device_is_compatible(node, "pci-host-ecam-generic") ||
	    of_address_to_resource(node, 0, &ecam))
		return 0;
	return ecam.start + ((u64)(pdev->bus->number - host->bus->number) << 20) +
	       (pdev->devfn << 12);
}

/* With a reference, or NULL. */
static struct pci_dev *function_at(u64 config)
{
	struct pci_dev *pdev = NULL;

	for_each_pci_dev(pdev)
		if (config && config_page(pdev) == config)
			break;
	return pdev;
}

/*
 * What still goes on in the function ends, and what its last owner has told it is forgotten. Some
 * have no reset: the hypervisor keeps these from memory and interrupts until the next owner lets
 * them, and drivers begin by a reset of their own.
 *
 * Never by a reset of its bus or slot: Linux believes a function alone there as soon as it has
 * given up the others, which may be a cell's. So no lock of a hotplug slot is taken, either.
 */
static void reset(struct pci_dev *pdev)
{
	pci_dev_flags_t flags;
	int ret;

	pci_dev_lock(pdev);
	flags = pdev->dev_flags;
	pdev->dev_flags |= PCI_DEV_FLAGS_NO_BUS_RESET;
	ret = pci_reset_function_locked(pdev);
	pdev->dev_flags = flags;
	pci_dev_unlock(pdev);
	if (ret)
		pci_info(pdev, "partita: cannot be reset (%d), and changes hands as it is\n", ret);
}

static void release_bars(struct partita_function *function)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(function->bars); i++)
		if (function->bars[i])
			release_mem_region(function->bars[i]->start,
					   resource_size(function->bars[i]));
	memset(function->bars, 0, sizeof(function->bars));
}

/* The device has just been removed: its addresses are nobody's now. */
static void keep_bars(struct partita_function *function, const struct resource *bars)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(function->bars); i++) {
		if (!(bars[i].flags & IORESOURCE_MEM) || !bars[i].start)
			continue;
		function->bars[i] = request_mem_region(bars[i].start, resource_size(&bars[i]),
						       KBUILD_MODNAME);
		if (!function->bars[i])
			pr_warn("%pR of a cell's PCI function cannot be reserved\n", &bars[i]);
	}
}

/*
 * Somebody uses what is behind the bridge. Runtime power management counts its users; a system that
 * sleeps does not, and would switch off a bridge behind which it sees nothing.
 */
static void keep_bridge_awake(struct partita_function *function)
{
	struct pci_dev *bridge = function->bridge;

	if (!bridge)
		return;
	pm_runtime_get_sync(&bridge->dev);
	function->holds_bridge = !(bridge->dev_flags & PCI_DEV_FLAGS_NO_D3);
	bridge->dev_flags |= PCI_DEV_FLAGS_NO_D3;
}

/* Not in the list of those away any more: another one behind the same bridge goes on. */
static void let_bridge_sleep(const struct partita_function *function)
{
	struct partita_function *other;

	if (!function->bridge)
		return;
	if (function->holds_bridge) {
		function->bridge->dev_flags &= ~PCI_DEV_FLAGS_NO_D3;
		list_for_each_entry(other, &away, away) {
			if (other->bridge != function->bridge)
				continue;
			other->holds_bridge = true;
			other->bridge->dev_flags |= PCI_DEV_FLAGS_NO_D3;
			break;
		}
	}
	pm_runtime_put(&function->bridge->dev);
}

/* The caller holds the lock against scans. */
static struct partita_function *take(struct pci_dev *pdev)
{
	struct partita_function *function = kzalloc(sizeof(*function), GFP_KERNEL);
	struct resource bars[PCI_STD_NUM_BARS];

	if (!function)
		return NULL;
	function->domain = pci_domain_nr(pdev->bus);
	function->bus = pdev->bus->number;
	function->devfn = pdev->devfn;
	function->bridge = pci_dev_get(pdev->bus->self);
	keep_bridge_awake(function);
	list_add(&function->away, &away);
	/* Bridges let through what is for a device that somebody has enabled once. */
	pm_runtime_get_sync(&pdev->dev);
	if (!pci_enable_device_mem(pdev))
		pci_disable_device(pdev);
	reset(pdev);
	memcpy(bars, pdev->resource, sizeof(bars));
	pci_stop_and_remove_bus_device(pdev);
	keep_bars(function, bars);
	return function;
}

static void give_back(struct partita_function *function)
{
	struct pci_dev *pdev = NULL;
	struct pci_bus *bus;

	release_bars(function);
	list_del(&function->away);
	pci_lock_rescan_remove();
	bus = pci_find_bus(function->domain, function->bus);
	if (bus)
		pdev = pci_scan_single_device(bus, function->devfn);
	if (pdev) {
		/* As a scan of the whole slot would have it; the function itself may not tell. */
		if (PCI_FUNC(function->devfn))
			pdev->multifunction = 1;
		reset(pdev);
		pci_assign_unassigned_bus_resources(bus);
		pci_bus_add_devices(bus);
	}
	pci_unlock_rescan_remove();
	if (!pdev)
		pr_err("PCI function %04x:%02x:%02x.%x does not come back\n", function->domain,
		       function->bus, PCI_SLOT(function->devfn), PCI_FUNC(function->devfn));
	let_bridge_sleep(function);
	pci_dev_put(function->bridge);
}

static int refuse(struct pt_ioc_cell_create *ioc, enum pt_refusal refusal, unsigned int region)
{
	ioc->error = refusal;
	ioc->code = region;
	return -EREMOTEIO;
}

static int take_function(struct partita_cell *cell, unsigned int region,
			 struct pt_ioc_cell_create *ioc)
{
	struct partita_function *function;
	struct pci_dev *pdev;
	int ret = 0;

	pdev = function_at(cell->regions[region].pa);
	if (!pdev)
		return refuse(ioc, PT_REFUSED_FUNCTION, region);
	/*
	 * Whether something in Linux relies on it cannot be known here: unbinding is the user's.
	 * Virtual functions come and go with another one, and are not found by a scan.
	 */
	if (pdev->dev.driver || pdev->hdr_type != PCI_HEADER_TYPE_NORMAL || pdev->is_virtfn ||
	    pci_num_vf(pdev)) {
		ret = refuse(ioc, PT_REFUSED_FUNCTION_BUSY, region);
	} else {
		function = take(pdev);
		if (function)
			list_add_tail(&function->list, &cell->functions);
		else
			ret = -ENOMEM;
	}
	pci_dev_put(pdev);
	return ret;
}

/**
 * partita_functions_take() - Linux gives up the PCI functions that a cell is to have
 * @cell: whose regions name them, untrusted
 * @ioc: where to say what is wrong
 *
 * The caller holds pci_lock_rescan_remove() until the hypervisor hides them: a scan finds them.
 *
 * Return: 0, or a negative errno, with a part taken; -EREMOTEIO where @ioc->error says more.
 */
int partita_functions_take(struct partita_cell *cell, struct pt_ioc_cell_create *ioc)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < cell->region_count && !ret; i++)
		if (cell->regions[i].flags & PT_REGION_PCI)
			ret = take_function(cell, i, ioc);
	return ret;
}

/**
 * partita_functions_return() - Linux gets back what a cell had, and looks for drivers
 * @cell: that is no more, or never was; again is harmless
 */
void partita_functions_return(struct partita_cell *cell)
{
	struct partita_function *function, *next;

	list_for_each_entry_safe(function, next, &cell->functions, list) {
		list_del(&function->list);
		give_back(function);
		kfree(function);
	}
}
