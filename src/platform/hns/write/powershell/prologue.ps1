#requires -Version 5.1
#requires -RunAsAdministrator

[CmdletBinding(SupportsShouldProcess = $true)]
param()

Set-StrictMode -Version 1.0
$ErrorActionPreference = 'Stop'

# HCN itself, as no cmdlet can make these objects: New-HnsLoadBalancer of Microsoft's hns.v2.psm1 knows
# neither VipExternalIp nor UseMux, and the cmdlets that come with Windows speak the old schema.
if (-not ('HnsPlan.Hcn' -as [type])) {
    Add-Type -Namespace HnsPlan -Name Hcn -MemberDefinition @'
[DllImport("computenetwork.dll", CharSet = CharSet.Unicode)]
public static extern int HcnEnumerateNetworks(string query, out string ids, out string error);
[DllImport("computenetwork.dll", CharSet = CharSet.Unicode)]
public static extern int HcnOpenNetwork(ref Guid id, out IntPtr handle, out string error);
[DllImport("computenetwork.dll", CharSet = CharSet.Unicode)]
public static extern int HcnQueryNetworkProperties(IntPtr handle, string query, out string properties, out string error);
[DllImport("computenetwork.dll")]
public static extern int HcnCloseNetwork(IntPtr handle);

[DllImport("computenetwork.dll", CharSet = CharSet.Unicode)]
public static extern int HcnEnumerateEndpoints(string query, out string ids, out string error);
[DllImport("computenetwork.dll", CharSet = CharSet.Unicode)]
public static extern int HcnCreateEndpoint(IntPtr network, ref Guid id, string settings, out IntPtr handle, out string error);
[DllImport("computenetwork.dll", CharSet = CharSet.Unicode)]
public static extern int HcnOpenEndpoint(ref Guid id, out IntPtr handle, out string error);
[DllImport("computenetwork.dll", CharSet = CharSet.Unicode)]
public static extern int HcnQueryEndpointProperties(IntPtr handle, string query, out string properties, out string error);
[DllImport("computenetwork.dll", CharSet = CharSet.Unicode)]
public static extern int HcnDeleteEndpoint(ref Guid id, out string error);
[DllImport("computenetwork.dll")]
public static extern int HcnCloseEndpoint(IntPtr handle);

[DllImport("computenetwork.dll", CharSet = CharSet.Unicode)]
public static extern int HcnEnumerateLoadBalancers(string query, out string ids, out string error);
[DllImport("computenetwork.dll", CharSet = CharSet.Unicode)]
public static extern int HcnCreateLoadBalancer(ref Guid id, string settings, out IntPtr handle, out string error);
[DllImport("computenetwork.dll", CharSet = CharSet.Unicode)]
public static extern int HcnModifyLoadBalancer(IntPtr handle, string settings, out string error);
[DllImport("computenetwork.dll", CharSet = CharSet.Unicode)]
public static extern int HcnOpenLoadBalancer(ref Guid id, out IntPtr handle, out string error);
[DllImport("computenetwork.dll", CharSet = CharSet.Unicode)]
public static extern int HcnQueryLoadBalancerProperties(IntPtr handle, string query, out string properties, out string error);
[DllImport("computenetwork.dll", CharSet = CharSet.Unicode)]
public static extern int HcnDeleteLoadBalancer(ref Guid id, out string error);
[DllImport("computenetwork.dll")]
public static extern int HcnCloseLoadBalancer(IntPtr handle);
'@
}

$Query = '{"SchemaVersion":{"Major":2,"Minor":0}}'

# ERROR_NOT_FOUND, HCN_E_NETWORK_NOT_FOUND, HCN_E_ENDPOINT_NOT_FOUND
$NotFound = '80070490', '803B0001', '803B0002'

# What HNS holds, kept up to date by everything below.
$NetworkId = ''
$EndpointByAddress = @{}
$LocalByAddress = @{}
$EndpointByName = @{}
$BalancerById = @{}
$BalancerByFrontend = @{}

# The ids that HNS gave to what the plan makes, by the ids of the plan.
$IdInHns = @{}

$Count = @{ created = 0; modified = 0; deleted = 0; unchanged = 0 }

function Test-NotFound {
    param([int]$Result)
    $NotFound -contains ('{0:X8}' -f $Result)
}

function Assert-Success {
    param([int]$Result, [string]$ErrorRecord, [string]$What)
    if ($Result -lt 0 -or $ErrorRecord) {
        throw ('{0}: HNS answers 0x{1:X8} {2}' -f $What, $Result, $ErrorRecord)
    }
}

function Close-HcnObject {
    param([string]$Kind, [IntPtr]$Handle)
    $close = "HcnClose$Kind"
    [void][HnsPlan.Hcn]::$close($Handle)
}

# The object behind a handle.
function Read-HcnObject {
    param([string]$Kind, [IntPtr]$Handle)
    $properties = ''
    $record = ''
    $function = "HcnQuery${Kind}Properties"
    $result = [HnsPlan.Hcn]::$function($Handle, $Query, [ref]$properties, [ref]$record)
    Assert-Success $result $record $function
    ConvertFrom-Json $properties
}

# All objects of a kind. One that is deleted while they are listed is left out.
function Get-HcnObject {
    param([string]$Kind)
    $ids = ''
    $record = ''
    $function = "HcnEnumerate${Kind}s"
    $result = [HnsPlan.Hcn]::$function($Query, [ref]$ids, [ref]$record)
    Assert-Success $result $record $function
    if (-not $ids) {
        return
    }
    foreach ($id in (ConvertFrom-Json $ids)) {
        [Guid]$guid = $id
        $handle = [IntPtr]::Zero
        $record = ''
        $function = "HcnOpen$Kind"
        $result = [HnsPlan.Hcn]::$function([ref]$guid, [ref]$handle, [ref]$record)
        if (Test-NotFound $result) {
            continue
        }
        Assert-Success $result $record "$function $id"
        try {
            Read-HcnObject $Kind $handle
        }
        finally {
            Close-HcnObject $Kind $handle
        }
    }
}

function Add-KnownEndpoint {
    param($Endpoint)
    if ($Endpoint.Name -and -not $EndpointByName.ContainsKey($Endpoint.Name)) {
        $EndpointByName[$Endpoint.Name] = $Endpoint.ID
    }
    if ($Endpoint.HostComputeNetwork -ne $NetworkId) {
        return
    }
    $isLocal = ([int]$Endpoint.Flags -band 1) -eq 0
    foreach ($configuration in @($Endpoint.IpConfigurations | Select-Object -First 2)) {
        $address = [string]$configuration.IpAddress
        if ($isLocal) {
            $LocalByAddress[$address] = $Endpoint.ID
        }
        if ($isLocal -or -not $EndpointByAddress.ContainsKey($address)) {
            $EndpointByAddress[$address] = $Endpoint.ID
        }
    }
}

# What a load balancer answers to; HNS keeps no two with the same.
function Get-Frontend {
    param($Balancer)
    $port = @($Balancer.PortMappings)[0]
    $family = [int]$Balancer.Flags -band 2
    '{0}|{1}|{2}|{3}' -f @($Balancer.FrontendVIPs)[0], [int]$port.Protocol, [int]$port.ExternalPort, $family
}

# Where a load balancer sends connections.
function Get-Destination {
    param($Balancer, [string[]]$Members)
    $port = @($Balancer.PortMappings)[0]
    $lower = @(foreach ($member in $Members) { $member.ToLowerInvariant() })
    '{0}|{1}' -f [int]$port.InternalPort, (($lower | Sort-Object) -join ',')
}

# How it sends them.
function Get-Manner {
    param($Balancer)
    $port = @($Balancer.PortMappings)[0]
    '{0}|{1}|{2}' -f [int]$Balancer.Flags, [int]$port.Flags, [int]$port.DistributionType
}

function Add-KnownBalancer {
    param($Balancer, [string]$Id)
    $BalancerById[$Id] = $Balancer
    $BalancerByFrontend[(Get-Frontend $Balancer)] = $Id
}

# Finds the network and reads what HNS holds.
function Use-Network {
    param([string]$Name, [string]$Id)
    $networks = @(Get-HcnObject Network)
    if ($Id) {
        $network = @($networks | Where-Object { $_.ID -eq $Id })[0]
    }
    else {
        $network = @($networks | Where-Object { $_.Name -ceq $Name })[0]
    }
    if (-not $network) {
        $names = ($networks | ForEach-Object { $_.Name }) -join ', '
        throw "HNS on this node has no network $Name $Id; it has: $names. Is this the right node?"
    }
    $script:NetworkId = $network.ID
    foreach ($endpoint in @(Get-HcnObject Endpoint)) {
        Add-KnownEndpoint $endpoint
    }
    foreach ($balancer in @(Get-HcnObject LoadBalancer)) {
        Add-KnownBalancer $balancer $balancer.ID
    }
}

# The id of a member: local:ADDRESS, name:NAME, or an id of the plan or of HNS.
function Resolve-Member {
    param([string]$Member)
    if ($Member.StartsWith('local:', [StringComparison]::Ordinal)) {
        $id = $LocalByAddress[$Member.Substring(6)]
        if (-not $id) {
            throw "no endpoint of this node has the address of ${Member}: its pod is gone or runs elsewhere. Make a new plan."
        }
        return $id
    }
    if ($Member.StartsWith('name:', [StringComparison]::Ordinal)) {
        $id = $EndpointByName[$Member.Substring(5)]
        if (-not $id) {
            throw "HNS on this node has no endpoint with the name of ${Member}; name another with --root-hnsendpoint-name."
        }
        return $id
    }
    if ($IdInHns.ContainsKey($Member)) {
        return $IdInHns[$Member]
    }
    $Member
}

# The document of a load balancer: its members first, then the settings of the plan.
function Join-Settings {
    param([string[]]$Members, [string]$Settings)
    '{"HostComputeEndpoints":["' + ($Members -join '","') + '"],' + $Settings.Substring(1)
}

function New-PlannedEndpoint {
    [CmdletBinding(SupportsShouldProcess = $true)]
    param([string]$Id, [string]$Address, [string]$Settings)
    if ($EndpointByAddress.ContainsKey($Address)) {
        $IdInHns[$Id] = $EndpointByAddress[$Address]
        $Count.unchanged++
        Write-Verbose "endpoint $Address is there"
        return
    }
    $IdInHns[$Id] = $Id
    $EndpointByAddress[$Address] = $Id
    if (-not $PSCmdlet.ShouldProcess("endpoint $Address", 'create')) {
        return
    }
    $document = '{"HostComputeNetwork":"' + $NetworkId + '",' + $Settings.Substring(1)
    [Guid]$network = $NetworkId
    [Guid]$guid = $Id
    $networkHandle = [IntPtr]::Zero
    $handle = [IntPtr]::Zero
    $record = ''
    $result = [HnsPlan.Hcn]::HcnOpenNetwork([ref]$network, [ref]$networkHandle, [ref]$record)
    Assert-Success $result $record "HcnOpenNetwork $NetworkId"
    try {
        $record = ''
        $result = [HnsPlan.Hcn]::HcnCreateEndpoint($networkHandle, [ref]$guid, $document, [ref]$handle, [ref]$record)
        Assert-Success $result $record "create endpoint $Address"
        try {
            $made = Read-HcnObject Endpoint $handle
        }
        finally {
            Close-HcnObject Endpoint $handle
        }
    }
    finally {
        Close-HcnObject Network $networkHandle
    }
    $IdInHns[$Id] = $made.ID
    $EndpointByAddress[$Address] = $made.ID
    $Count.created++
}

function New-PlannedLoadBalancer {
    [CmdletBinding(SupportsShouldProcess = $true)]
    param([string]$Id, [string[]]$Members, [string]$Settings, [string]$Name)
    $ids = @($Members | ForEach-Object { Resolve-Member $_ })
    $wanted = ConvertFrom-Json $Settings
    $present = $BalancerByFrontend[(Get-Frontend $wanted)]
    if ($present) {
        $there = $BalancerById[$present]
        if ((Get-Destination $there $there.HostComputeEndpoints) -ne (Get-Destination $wanted $ids)) {
            throw "load balancer $present has $Name and leads elsewhere. Make a new plan with --hns-state, or delete it: hnsdiag delete loadbalancers $present"
        }
        if ((Get-Manner $there) -ne (Get-Manner $wanted)) {
            Write-Warning "load balancer $present for $Name is left alone, although its flags or its distribution are not those of the plan"
        }
        $Count.unchanged++
        Write-Verbose "load balancer for $Name is there"
        return
    }
    if (-not $PSCmdlet.ShouldProcess("load balancer for $Name", 'create')) {
        return
    }
    $document = Join-Settings $ids $Settings
    [Guid]$guid = $Id
    $handle = [IntPtr]::Zero
    $record = ''
    $result = [HnsPlan.Hcn]::HcnCreateLoadBalancer([ref]$guid, $document, [ref]$handle, [ref]$record)
    Assert-Success $result $record "create load balancer for $Name"
    try {
        $made = Read-HcnObject LoadBalancer $handle
    }
    finally {
        Close-HcnObject LoadBalancer $handle
    }
    Add-KnownBalancer $made $made.ID
    $Count.created++
}

function Set-PlannedLoadBalancer {
    [CmdletBinding(SupportsShouldProcess = $true)]
    param([string]$Id, [string[]]$Members, [string]$Settings, [string]$Name)
    $ids = @($Members | ForEach-Object { Resolve-Member $_ })
    $wanted = ConvertFrom-Json $Settings
    $there = $BalancerById[$Id]
    if (-not $there) {
        throw "HNS has no load balancer $Id for $Name any more. Make a new plan with --hns-state."
    }
    $leadsThere = (Get-Destination $there $there.HostComputeEndpoints) -eq (Get-Destination $wanted $ids)
    if ($leadsThere -and (Get-Manner $there) -eq (Get-Manner $wanted)) {
        $Count.unchanged++
        Write-Verbose "load balancer for $Name is as it should be"
        return
    }
    if (-not $PSCmdlet.ShouldProcess("load balancer for $Name", 'modify')) {
        return
    }
    [Guid]$guid = $Id
    $handle = [IntPtr]::Zero
    $record = ''
    $result = [HnsPlan.Hcn]::HcnOpenLoadBalancer([ref]$guid, [ref]$handle, [ref]$record)
    Assert-Success $result $record "HcnOpenLoadBalancer $Id"
    try {
        $record = ''
        $document = Join-Settings $ids $Settings
        $result = [HnsPlan.Hcn]::HcnModifyLoadBalancer($handle, $document, [ref]$record)
        Assert-Success $result $record "modify load balancer for $Name"
    }
    finally {
        Close-HcnObject LoadBalancer $handle
    }
    $Count.modified++
}

function Remove-PlannedLoadBalancer {
    [CmdletBinding(SupportsShouldProcess = $true)]
    param([string]$Id)
    $there = $BalancerById[$Id]
    if (-not $there) {
        $Count.unchanged++
        Write-Verbose "load balancer $Id is gone already"
        return
    }
    $frontend = Get-Frontend $there
    $BalancerById.Remove($Id)
    if ($BalancerByFrontend[$frontend] -eq $Id) {
        $BalancerByFrontend.Remove($frontend)
    }
    if (-not $PSCmdlet.ShouldProcess("load balancer $Id", 'delete')) {
        return
    }
    [Guid]$guid = $Id
    $record = ''
    $result = [HnsPlan.Hcn]::HcnDeleteLoadBalancer([ref]$guid, [ref]$record)
    if (-not (Test-NotFound $result)) {
        Assert-Success $result $record "delete load balancer $Id"
    }
    $Count.deleted++
}

function Remove-PlannedEndpoint {
    [CmdletBinding(SupportsShouldProcess = $true)]
    param([string]$Id)
    if (-not $PSCmdlet.ShouldProcess("endpoint $Id", 'delete')) {
        return
    }
    [Guid]$guid = $Id
    $record = ''
    $result = [HnsPlan.Hcn]::HcnDeleteEndpoint([ref]$guid, [ref]$record)
    if (Test-NotFound $result) {
        $Count.unchanged++
        Write-Verbose "endpoint $Id is gone already"
        return
    }
    Assert-Success $result $record "delete endpoint $Id"
    $Count.deleted++
}

