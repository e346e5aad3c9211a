#!/usr/bin/env python3
"""Makes numpy.npz: small arrays of every dtype that nn/npz reads, written by NumPy itself.

Made with numpy 1.24.2 (Debian 12): /usr/bin/python3 gen_numpy.py
"""
import os
import numpy as np

here = os.path.dirname(os.path.abspath(__file__))
counting = np.arange(-3, 9)
arrays = {code: (counting % 2 == 0 if code == "b1" else
                 np.abs(counting) if code[0] == "u" else counting)
          .astype(code).reshape(3, 4)
          for code in "b1 i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8".split()}
arrays["fortran"] = np.asfortranarray(np.arange(24.0).reshape(2, 3, 4))
arrays["scalar"] = np.float64(2.5)
arrays["vector"] = np.array([1.5])
arrays["empty"] = np.zeros((0, 46), "f4")
arrays["strings"] = np.array(["neutral", "", "Zürich €"])
arrays["big_endian"] = np.arange(3.0).astype(">f8")
arrays["half"] = np.array([0.0, -0.0, 1.0, -2.5, 65504.0, 6.1e-5, 5.96e-8, np.inf], "f2")
arrays["largest_u8"] = np.array([2**64 - 1], "u8")
np.savez_compressed(os.path.join(here, "numpy.npz"), **arrays)
