# The trainer with its locked packages, for GPU nodes, built from the root of the repository with BuildKit:
#
#   docker build -f infra/docker/trainer.Dockerfile -t ratchet-trainer .
#   docker run --gpus all --ipc host -v /shared:/shared ratchet-trainer /shared/runs/JOB/attempt-1
#
# The run folder, checkpoints and datasets must be mounted under the paths that job.json names. More than one process is started
# by another command, such as torchrun or accelerate launch, which are in the image too; see infra/trainer/README.md.
FROM python:3.11-slim
ARG TORCH_BACKEND=cuda
ENV PYTHONUNBUFFERED=1 HF_HUB_OFFLINE=1
# Triton compiles its kernels with a C compiler at run time.
RUN apt-get update \
 && apt-get install -y --no-install-recommends gcc libc6-dev \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY infra/python infra/python
RUN --mount=type=cache,target=/root/.cache/uv python3 infra/python/ensure.py --venv /opt/python --backend "$TORCH_BACKEND"
ENV PATH=/opt/python/bin:$PATH
COPY infra/trainer infra/trainer
RUN useradd --create-home trainer && rm -f infra/trainer/test_*.py infra/trainer/conftest.py
USER trainer
ENTRYPOINT ["python", "infra/trainer/train.py"]
