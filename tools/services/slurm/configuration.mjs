/** The two nodes, both on this machine. */
export const nodes = ['n1', 'n2']

export function configuration({ directory, host, controller, accounting, ports, gpus, cpus }) {
  const nodeLines = nodes.map(
    (node, index) =>
      `NodeName=${node} NodeHostname=${host} NodeAddr=127.0.0.1 Port=${ports[index]} CPUs=${cpus * 4} RealMemory=16000 Gres=gpu:h100:${gpus} State=UNKNOWN`,
  )
  const all = nodes.join(',')
  return `ClusterName=lab
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=${controller}
SlurmUser=slurm
SlurmdUser=root
AuthType=auth/munge
StateSaveLocation=${directory}/spool/controller
SlurmdSpoolDir=${directory}/spool/%n
SlurmctldPidFile=${directory}/run/slurmctld.pid
SlurmdPidFile=${directory}/run/%n.pid
SlurmctldLogFile=${directory}/log/slurmctld.log
SlurmdLogFile=${directory}/log/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
ReturnToService=2
SlurmdParameters=config_overrides
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1,defer_batch
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
DefMemPerNode=100
GresTypes=gpu
AccountingStorageTRES=gres/gpu
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=localhost
AccountingStoragePort=${accounting}
AccountingStoreFlags=job_comment
MinJobAge=300
KillWait=3
SlurmctldTimeout=60
SlurmdTimeout=10
InactiveLimit=0
MailProg=/bin/true
JobRequeue=1
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
SlurmctldParameters=preempt_send_user_signal
${nodeLines.join('\n')}
PartitionName=batch Nodes=${all} Default=YES MaxTime=INFINITE State=UP PriorityTier=10 PreemptMode=REQUEUE GraceTime=10
PartitionName=urgent Nodes=${all} MaxTime=INFINITE State=UP PriorityTier=100 PreemptMode=OFF
PartitionName=short Nodes=${all} MaxTime=5 State=UP PriorityTier=10
`
}

/** Entries without a file are dropped, so the GPUs need devices. */
export function gpuConfiguration({ directory, gpus }) {
  return `NodeName=${nodes.join(',')} Name=gpu Type=h100 File=${directory}/dev/nvidia[0-${gpus - 1}] Flags=nvidia_gpu_env\n`
}

/** `disabled` is known from 23.02 on; older ones load a plugin in any case and get one with nothing to do. */
export function cgroupConfiguration(isOld) {
  return isOld
    ? 'CgroupPlugin=cgroup/v1\nCgroupAutomount=no\nConstrainCores=no\nConstrainRAMSpace=no\nConstrainDevices=no\n'
    : 'CgroupPlugin=disabled\n'
}

export function accountingConfiguration({ directory, accounting }) {
  return `AuthType=auth/munge
DbdHost=localhost
DbdPort=${accounting}
SlurmUser=slurm
LogFile=${directory}/log/slurmdbd.log
PidFile=${directory}/run/slurmdbd.pid
StorageType=accounting_storage/mysql
StorageHost=localhost
StorageUser=slurm
StoragePass=slurm
StorageLoc=slurm_acct_db
`
}
