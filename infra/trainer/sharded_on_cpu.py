"""Run the trainer with FSDP on CPUs, to test sharding without GPUs: python sharded_on_cpu.py RUN_FOLDER/attempt-N

Torch can shard over gloo, but accelerate asks for FSDP only where it sees accelerators. This makes it ask here too; all
else is the trainer's own. The environment says how to shard, as `accelerate launch` with accelerate/fsdp2.yaml does.
"""
from accelerate.state import AcceleratorState, DistributedType, PartialState

import train

begin = AcceleratorState.__init__


def begin_as_on_accelerators(self, *arguments, **named):
    """Initialise the state as if the processes had accelerators."""
    if AcceleratorState._shared_state:
        return begin(self, *arguments, **named)
    process = PartialState._shared_state
    real = process.get("distributed_type")
    if real != DistributedType.MULTI_CPU:
        return begin(self, *arguments, **named)
    process["distributed_type"] = DistributedType.MULTI_XPU
    try:
        return begin(self, *arguments, **named)
    finally:
        process["distributed_type"] = real


if __name__ == "__main__":
    AcceleratorState.__init__ = begin_as_on_accelerators
    train.leave(train.main())
