#!/usr/bin/env python3
"""The 46 features by librosa, as a peer (peers/serve.h).

usage: librosa_peer.py SOUND
"""
import json
import sys
import time

import librosa
import numpy


def features(path):
    y, rate = librosa.load(path, sr=None)
    mfcc = librosa.feature.mfcc(y=y, sr=rate, n_mfcc=34, n_fft=4096, hop_length=2048)
    chroma = librosa.feature.chroma_stft(y=y, sr=rate, n_fft=4096, hop_length=2048)
    return numpy.concatenate([mfcc, chroma]).T


print(json.dumps({"peer": "librosa", "version": librosa.__version__, "problems": ["features"]}),
      flush=True)
for line in sys.stdin:
    features(sys.argv[1])
    times = []
    for _ in range(int(line.split()[1])):
        start = time.perf_counter()
        features(sys.argv[1])
        times.append(1e3 * (time.perf_counter() - start))
    print(json.dumps({"ms": times}), flush=True)
