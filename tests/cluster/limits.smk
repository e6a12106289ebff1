# Jobs that go over their limits; what is told at the end is the Snakefile's.
from faultcast.limits import tell_limits


rule all:
    input:
        "hungry.txt",
        "slow.txt",
        "hopeless.txt",
        "endless.txt",


rule hungry:
    """Takes 600 MB: over the limit of the first attempt, below that of the second."""
    output:
        "hungry.txt",
    log:
        "logs/hungry.log",
    shell:
        "echo {resources.mem_mb} $CUDA_VISIBLE_DEVICES >> logs/hungry_attempts.txt; "
        "python3 -c 'import time; held = bytearray(600 << 20); time.sleep(5)' > {output}"


rule slow:
    """Sleeps through the first attempt's minute."""
    output:
        "slow.txt",
    log:
        "logs/slow.log",
    shell:
        "echo {resources.runtime} >> logs/slow_attempts.txt; "
        "[ {resources.runtime} -gt 1 ] || sleep 200; touch {output}"


rule hopeless:
    """Takes more than any attempt gets."""
    output:
        "hopeless.txt",
    log:
        "logs/hopeless.log",
    shell:
        "echo 'what the job said' > {log}; python3 -c 'import time; held = bytearray(1500 << 20); time.sleep(30)'"


rule endless:
    """Sleeps through its only attempt; beside an empty log Snakemake shows none of SLURM's."""
    output:
        "endless.txt",
    log:
        "logs/endless.log",
    retries: 0
    shell:
        "touch {log}; sleep 200"


onerror:
    tell_limits(log)
