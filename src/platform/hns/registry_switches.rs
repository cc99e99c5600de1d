//! Values in the registry of Windows nodes that switch fixes of HNS and of the virtual switch on and off.
//!
//! Microsoft ships many fixes switched off. The images of AKS switch on what other clusters get later or never, so that nodes
//! of the same build differ. Most names are not documented: what is known of those is when AKS began to set them.

use crate::answer::lexicon::RegistrySwitch;
use crate::answer::verdict::Confidence::{self, Believed, Read};

const HNS: &str = r"HKLM\SYSTEM\CurrentControlSet\Services\hns\State";
const VFP: &str = r"HKLM\SYSTEM\CurrentControlSet\Services\VfpExt\Parameters";

/// The scripts that the images of AKS are built with.
const AKS: &str = "Azure/AgentBaker, vhdbuilder/packer (configure-windows-vhd.ps1, windows_settings.json)";

const fn switch(
    name: &'static str,
    effect: &'static str,
    set_by: &'static str,
    confidence: Confidence,
) -> RegistrySwitch {
    RegistrySwitch { name, key: HNS, effect, set_by, confidence, source: AKS }
}

const fn of_vfp(name: &'static str, effect: &'static str, set_by: &'static str) -> RegistrySwitch {
    RegistrySwitch { key: VFP, ..switch(name, effect, set_by, Believed) }
}

const fn from(source: &'static str, switch: RegistrySwitch) -> RegistrySwitch {
    RegistrySwitch { source, ..switch }
}

const BOTH_FROM_2023_04: &str = "AKS: 1 on Windows Server 2019 and 2022, from the update of April 2023 on";
const SERVER_2022_FROM_2023_04: &str = "AKS: 1 on Windows Server 2022, from the update of April 2023 on";
const SERVER_2022_FROM_2023_07: &str = "AKS: 1 on Windows Server 2022, from the update of July 2023 on";
const SERVER_2022_FROM_2023_08: &str = "AKS: 1 on Windows Server 2022, from the update of August 2023 on";
const SERVER_2022_FROM_2024_01: &str =
    "AKS: 1 on Windows Server 2022, from the update of January 2024 on, and not in its later lists";

/// All that are known, by name.
pub(super) const SWITCHES: &[RegistrySwitch] = &[
    switch(
        "CleanupReservedPorts",
        "By its name, ports that HNS has reserved and does not need any more are given back. Microsoft has not published more.",
        "AKS: 1 on Windows Server 2019 and 2022, from the update of November 2023 on",
        Believed,
    ),
    from(
        "kubernetes-sigs/windows-gmsa#30; Azure/AgentBaker, vhdbuilder/packer",
        switch(
            "EnableCompartmentNamespace",
            "Pods on containerd resolve the names of SMB shares.",
            "AKS: 1 on all releases",
            Read,
        ),
    ),
    from(
        "microsoft/Windows-Containers#516 (comments of Microsoft, August 2024); Azure/AgentBaker, vhdbuilder/packer",
        switch(
            "FwPerfImprovementChange",
            "A change of HNS for many network policies of Calico. It is on by default since KB5040437 of July 2024 (20348.2582), \
             and then broke the networks of pods on nodes of other clusters. The value 0 and a restart of HNS were Microsoft's \
             workaround.",
            "AKS: 1 on Windows Server 2022 from the update of October 2023 on, and on 23H2 from May 2025 on",
            Read,
        ),
    ),
    from(
        "kubernetes-sigs/image-builder#566; Azure/aks-engine#4315, #5094; Azure/AgentBaker, vhdbuilder/packer and its tests of \
         kubelet and CNI settings",
        switch(
            "HNSControlFlag",
            "A mask of fixes of Windows Server 2019. Bit 0x1, from the update of February 2021 on: HNS answers with an error \
             where several load balancers of one endpoint made it hang. Bits 0x10 and 0x40, from the updates of October and \
             November 2022 on: fixes that Microsoft does not describe; 0x10 became the default.",
            "AKS: 0x50, later 0x10, on Windows Server 2019; without 0x10 where outbound NAT is replaced by LoopbackDSR",
            Read,
        ),
    ),
    switch(
        "HNSFixExtensionUponRehydration",
        "By its name, HNS repairs the extension of the virtual switch when it reads its state again after a start. Microsoft has \
         not published more.",
        SERVER_2022_FROM_2023_08,
        Believed,
    ),
    switch(
        "HNSLbNatDupRuleChange",
        "By its name, load balancers make no duplicate NAT rules in the virtual switch. Microsoft has not published more.",
        SERVER_2022_FROM_2023_07,
        Believed,
    ),
    switch(
        "HNSNpmIpsetLimitChange",
        "By its name, another limit for the address sets of network policies. Microsoft has not published more.",
        SERVER_2022_FROM_2023_07,
        Believed,
    ),
    switch(
        "HNSUpdatePolicyForEndpointChange",
        "By its name, another way to update the policies of an endpoint. Microsoft has not published more.",
        SERVER_2022_FROM_2023_08,
        Believed,
    ),
    switch(
        "HnsAclUpdateChange",
        "By its name, another way to update access control lists. Microsoft has not published more.",
        SERVER_2022_FROM_2023_04,
        Believed,
    ),
    switch(
        "HnsNatAllowRuleUpdateChange",
        "By its name, another way to update the rules that let NAT traffic pass. Microsoft has not published more.",
        BOTH_FROM_2023_04,
        Believed,
    ),
    switch(
        "HnsNodeToClusterIpv6",
        "By its name, the node reaches cluster IPs of IPv6. Microsoft has not published more; rule H09 builds on it.",
        SERVER_2022_FROM_2023_07,
        Believed,
    ),
    switch(
        "HnsNpmRefresh",
        "By its name, network policies are renewed. Microsoft has not published more.",
        "AKS: 1 on Windows Server 2022, from the update of May 2023 on",
        Believed,
    ),
    switch(
        "HnsPolicyUpdateChange",
        "By its name, another way to update policies. Microsoft has not published more.",
        BOTH_FROM_2023_04,
        Believed,
    ),
    switch(
        "HnsPreallocatePortRange",
        "By its name, HNS reserves a range of ports beforehand. Microsoft has not published more.",
        "AKS: 1 on Windows Server 2022, from the update of March 2024 on",
        Believed,
    ),
    switch(
        "OverrideReceiveRoutingForLocalAddressesIpv4",
        "By its name, packets for local addresses of IPv4 are received in another way. Microsoft has not published more.",
        SERVER_2022_FROM_2024_01,
        Believed,
    ),
    switch(
        "OverrideReceiveRoutingForLocalAddressesIpv6",
        "By its name, packets for local addresses of IPv6 are received in another way. Microsoft has not published more.",
        SERVER_2022_FROM_2024_01,
        Believed,
    ),
    from(
        "Azure/AgentBaker#4755 and vhdbuilder/packer",
        switch(
            "PortExclusionChange",
            "Another way in which HNS excludes ports. AKS switches it off, as HNS of 23H2 had a fault there.",
            "AKS: 0 on 23H2",
            Read,
        ),
    ),
    switch(
        "RemoveSourcePortPreservationForRest",
        "By its name, source ports are no longer kept where nothing needs it. Microsoft has not published more.",
        "AKS: 1 on Windows Server 2022, from the update of September 2023 on",
        Believed,
    ),
    of_vfp(
        "VfpEvenPodDistributionIsEnabled",
        "By its name, the virtual switch shares connections out evenly among the members of a load balancer. Microsoft has not \
         published more.",
        "AKS: 1 on Windows Server 2019 and 2022, from the update of May 2023 on",
    ),
    of_vfp(
        "VfpIpv6DipsPrintingIsEnabled",
        "By its name, vfpctrl prints the members of rules of IPv6. Microsoft has not published more.",
        SERVER_2022_FROM_2023_07,
    ),
    of_vfp(
        "VfpNotReuseTcpOneWayFlowIsEnabled",
        "By its name, the virtual switch does not use a TCP flow again that has packets of one direction only. Microsoft has \
         not published more.",
        "AKS: 1 on Windows Server 2019 and 2022, from the update of October 2023 on",
    ),
];
