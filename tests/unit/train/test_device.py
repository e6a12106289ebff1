import logging

import pytest
import torch

from faultcast.errors import ConfigError
from faultcast.train.device import choose_device

SETTINGS = ("CUDA_VISIBLE_DEVICES", "SLURM_JOB_GPUS", "SLURM_GPUS")


@pytest.fixture
def without_gpu(monkeypatch, caplog):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    caplog.set_level(logging.INFO, "faultcast")
    return caplog


def test_the_device_stands_in_the_log(without_gpu, monkeypatch):
    assert choose_device().type == "cpu"
    (told,) = without_gpu.messages
    assert told == f"device: CPU, {torch.get_num_threads()} thread(s)"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "a card")
    assert choose_device().type == "cuda"
    assert without_gpu.messages[-1] == "device: a card"


@pytest.mark.parametrize("name", SETTINGS)
def test_a_gpu_that_torch_does_not_see_is_told(without_gpu, monkeypatch, name):
    monkeypatch.setenv(name, "0")
    choose_device()
    (warning,) = [record for record in without_gpu.records if record.levelname == "WARNING"]
    assert warning.getMessage().startswith(f"{name}=0: this job was given a GPU, but torch ")


@pytest.mark.parametrize("value", ["", "-1", "NoDevFiles"])
def test_who_hides_the_gpu_is_not_warned(without_gpu, monkeypatch, value):
    monkeypatch.setenv("SLURM_JOB_GPUS", "0")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", value)
    choose_device()
    assert {record.levelname for record in without_gpu.records} == {"INFO"}


def test_who_asks_for_the_cpu_is_not_warned(without_gpu, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    choose_device("cpu")
    assert {record.levelname for record in without_gpu.records} == {"INFO"}


def test_cuda_that_is_absent_is_told(without_gpu):
    with pytest.raises(ConfigError, match="torch sees no CUDA device here: pass 'auto' or 'cpu'"):
        choose_device("cuda")
