"""Counters and gauges in Prometheus text, under vLLM's names."""
from engine import Engine

REASONS = ("stop", "length", "abort", "error")


def render_metrics(engine: Engine) -> str:
    """Return all metrics. Every checkpoint counts under its own name."""
    rows = {
        ("num_requests_running", "gauge"): lambda one: one.scheduler.running(),
        ("num_requests_waiting", "gauge"): lambda one: len(one.scheduler.waiting),
        ("kv_cache_usage_perc", "gauge"): lambda one: one.scheduler.running() / one.scheduler.max_sequences,
        ("prompt_tokens_total", "counter"): lambda one: one.scheduler.prompt_tokens,
        ("generation_tokens_total", "counter"): lambda one: one.scheduler.generated_tokens,
    }
    lines = []
    for (name, kind), value in rows.items():
        lines.append(f"# TYPE vllm:{name} {kind}")
        for checkpoint in engine.checkpoints.values():
            lines.append(f'vllm:{name}{{engine="0",model_name="{checkpoint.name}"}} {float(value(checkpoint))}')
    lines.append("# TYPE vllm:request_success_total counter")
    for checkpoint in engine.checkpoints.values():
        for reason in REASONS:
            count = float(checkpoint.scheduler.finished[reason])
            lines.append(f'vllm:request_success_total{{engine="0",finished_reason="{reason}",'
                         f'model_name="{checkpoint.name}"}} {count}')
    return "\n".join(lines) + "\n"
