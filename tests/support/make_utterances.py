"""Writes many short utterances and their manifest: python3 make_utterances.py DIR COUNT

DIR/corpus.csv and DIR/NNNN/NNNNNN.wav, 16 kHz, 0.2 to 0.4 s: cuts from tones in noise, whose pitch
tells the class (four) and, by a little, the speaker (a hundred utterances each). No two are alike.
"""
import array
import math
import os
import random
import sys
import wave

CLASSES = ["low", "middle", "high", "top"]
VOICES, SECONDS, RATE = 8, 2, 16000


def tone(hertz, noise):
    samples = array.array("h")
    for i in range(SECONDS * RATE):
        value = 9000 * math.sin(2 * math.pi * hertz * i / RATE) + 1500 * noise.gauss(0, 1)
        samples.append(int(max(-32768, min(32767, value))))
    return samples.tobytes()


def main():
    folder, count = sys.argv[1], int(sys.argv[2])
    drawn = random.Random(1)
    tones = [[tone(200 * 2 ** c * (1 + 0.02 * v), drawn) for v in range(VOICES)]
             for c in range(len(CLASSES))]
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "corpus.csv"), "w") as manifest:
        manifest.write("path,label,speaker\n")
        for i in range(count):
            speaker, label = i // 100, i % len(CLASSES)
            length = 2 * drawn.randrange(RATE // 5, 2 * RATE // 5)
            begin = 2 * drawn.randrange(SECONDS * RATE - length // 2)
            name = f"{speaker:04}/{i:06}.wav"
            if i % 100 == 0:
                os.makedirs(os.path.join(folder, f"{speaker:04}"), exist_ok=True)
            with wave.open(os.path.join(folder, name), "wb") as sound:
                sound.setnchannels(1)
                sound.setsampwidth(2)
                sound.setframerate(RATE)
                sound.writeframes(tones[label][speaker % VOICES][begin:begin + length])
            manifest.write(f"{name},{CLASSES[label]},s{speaker}\n")


main()
