#!/usr/bin/env python3
"""Makes the .npz files here: librosa's stages for the three synthetic signals, cut down in size.

The full arrays were computed with librosa 0.11 in double (librosa.load(dtype=float64), every filter
bank with dtype=float64, default settings but sr=None, n_fft=4096, hop_length=2048, n_mfcc=34,
pad_mode="constant") and lie in the shared reference data.

Made with numpy 1.24.2 (Debian 12): /usr/bin/python3 gen_audio.py SHARED/golden/audio
"""
import os
import sys

import numpy as np

here = os.path.dirname(os.path.abspath(__file__))
shared = sys.argv[1]
load = lambda name: np.load(os.path.join(shared, name + ".npz"))
save = lambda name, **arrays: np.savez_compressed(os.path.join(here, name), **arrays)

STAGES = "melspec logmel_db mfcc chroma_raw chroma pitch_count pitch_mag_threshold pitch_kept " \
    "tuning_hist_counts tuning".split()
for name in ("syn_chirp", "syn_click", "syn_noise"):
    full = load(name)
    stages = {stage: full["f64_" + stage] for stage in STAGES}
    frames = np.array([0, 1, 9, 10])
    save(name, frames=frames, power=full["f64_stft_power20"][:, frames],
         chroma_fb_every_8th=full["f64_chroma_fb"][:, ::8],
         **stages,
         **{k: full[k] for k in ("sr", "n_samples", "channels", "audio_sum64", "audio_sumsq64")})
for rate in (16000, 48000):
    full = load(f"filters_sr{rate}")
    save(f"filters_{rate}", mel_fb=full["mel_fb_f64"], window=full["window_f64"][::8],
         chroma_fb_every_8th=full["chroma_fb_tuning0_f64"][:, ::8])
