// A made-up result with everything in it, for the tests of what is written about runs.
#pragma once

#include <sonant/audio/frontends/mfcc_chroma.h>
#include <sonant/train/experiment/result.h>

#include <cmath>

namespace sonant::test {

inline RunResult sample_result() {
  RunResult r;
  r.command = "sonant train --data 'speech & <co>' --fold 1";
  r.config.seed = 0xffffffffffffffffull;  // does not fit a double
  r.config.lr = 0.1 + 0.2;                // needs all digits
  r.config.fold = 1;
  MfccChromaSettings features;
  features.hop = 1024;
  r.features.own = features;
  r.parameters = 46772;
  DataFacts& d = r.data;
  d.corpus = "EMO-DB";
  d.split = "fold 1 of 5 by speaker";
  d.fingerprint = "0123456789abcdef0123456789abcdef";
  d.files = 339;
  d.frames = 12345;
  d.sample_rates = {{16000, 338}, {44100, 1}};
  d.class_names = {"anger", "happiness", "<neutral>", "sadness"};
  d.train = {200, {"03", "08", "09"}};
  d.choose = {68, {"10", "13"}};
  d.test = {71, {"11", "14"}};
  d.bad = {{"some/where & <else>.wav", "expects \"sound\", got a git-lfs pointer"}};
  for (int e = 1; e <= 30; ++e) {
    const double x = e / 30.0;
    r.epochs.push_back({e, 1e-3 * (1 + std::cos(0.3 * e)) / 2 + 1e-5, 1.4 * std::exp(-2 * x) + 0.1,
                        0.25 + 0.65 * x, 1.4 * std::exp(-1.5 * x) + 0.3 * x,
                        0.25 + 0.4 * std::sqrt(x) + 0.03 * std::sin(e), 0.5 * x, 1.25,
                        "00112233445566778899aabbccddeeff"});
  }
  r.best_epoch = 26;
  r.best_choose_figure = 0.6537;
  r.weights_hash = "ffeeddccbbaa99887766554433221100";
  ConfusionMatrix confusion(4);
  const int counts[4][4] = {{22, 3, 1, 0}, {6, 7, 2, 0}, {0, 1, 13, 3}, {0, 0, 2, 11}};
  for (int i = 0; i < 4; ++i) {
    for (int j = 0; j < 4; ++j) confusion.add(i, j, counts[i][j]);
  }
  r.test.head = "emotion";
  r.test.class_names = d.class_names;
  r.test.metrics = compute_metrics(confusion);
  r.test.loss = 0.71;
  r.test.predictions = {{"11a01Wa.wav", 0, 0, {0.9, 0.05, 0.05, 0.0}},
                        {"dir/<b>.wav", 1, 0, {0.75, 0.2, 0.05, 0.0}}};
  r.load_seconds = 12.5;
  r.train_seconds = 185;
  r.test_seconds = 0.4;
  r.environment = {"0.1.0", "gcc 12", "simd", "avx2", "Haswell", 2};
  return r;
}

}  // namespace sonant::test
