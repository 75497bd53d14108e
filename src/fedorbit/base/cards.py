"""Whether a GPU is here, asked without PyTorch, which takes a second to load."""

import ctypes

DRIVER = "libcuda.so.1"


def has_card() -> bool:
    """Return whether NVIDIA's driver is here and finds a GPU that may be used."""
    try:
        driver = ctypes.CDLL(DRIVER)
    except OSError:
        return False
    count = ctypes.c_int()
    found = driver.cuInit(0) or driver.cuDeviceGetCount(ctypes.byref(count))
    return found == 0 and count.value > 0
