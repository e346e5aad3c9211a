// Sound to features: decoding from memory, then the 46 features of 3.7 s at 48 kHz, as RAVDESS'
// files have. --data FILE times a file of one's own, too.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <string>

#include <sonant/audio/features.h>
#include <sonant/core/error.h>
#include <sonant/core/random.h>

#include "harness.h"

using namespace sonant;
using namespace sonant::bench;

namespace {

// A harmonic tone that glides, with noise: every stage has something to find.
std::vector<double> synthetic_sound(double seconds, int sample_rate) {
  std::vector<double> samples(static_cast<std::size_t>(seconds * sample_rate));
  const Random random(37);
  double phase = 0;
  for (std::size_t n = 0; n < samples.size(); ++n) {
    const double t = static_cast<double>(n) / sample_rate;
    phase += 2 * std::acos(-1.0) * (120 + 30 * std::sin(3 * t)) / sample_rate;
    double value = 0;
    for (int k = 1; k <= 20; ++k) value += std::sin(k * phase) / k;
    samples[n] = 0.2 * value + 0.005 * random.normal(n);
  }
  return samples;
}

void append(std::vector<std::byte>& bytes, std::uint32_t value, int count) {
  for (int k = 0; k < count; ++k) bytes.push_back(static_cast<std::byte>(value >> (8 * k)));
}
void append(std::vector<std::byte>& bytes, const char* text) {
  for (; *text != '\0'; ++text) bytes.push_back(static_cast<std::byte>(*text));
}

// A mono 16-bit wav file in memory.
std::vector<std::byte> wav_file(const std::vector<double>& samples, int sample_rate) {
  const auto data = static_cast<std::uint32_t>(2 * samples.size());
  const auto rate = static_cast<std::uint32_t>(sample_rate);
  std::vector<std::byte> bytes;
  append(bytes, "RIFF"), append(bytes, 36 + data, 4), append(bytes, "WAVEfmt ");
  append(bytes, 16, 4), append(bytes, 1, 2), append(bytes, 1, 2), append(bytes, rate, 4);
  append(bytes, 2 * rate, 4), append(bytes, 2, 2), append(bytes, 16, 2);
  append(bytes, "data"), append(bytes, data, 4);
  for (double s : samples)
    append(bytes, static_cast<std::uint32_t>(std::lround(std::clamp(s, -1.0, 0.999) * 32768)), 2);
  return bytes;
}

std::vector<std::byte> read_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  check(file.good(), "bench_features", "cannot read ", path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  std::vector<std::byte> bytes(text.size());
  std::transform(text.begin(), text.end(), bytes.begin(),
                 [](char c) { return static_cast<std::byte>(c); });
  return bytes;
}

// Features that are finite, one row per frame, and the same whether one extractor has worked before
// or not. Their values are compared with librosa's by the tests.
void verify(const Sound& sound) {
  FeatureExtractor extractor;
  const Tensor<double> first = extractor(sound), second = extractor(sound);
  const auto frames = 1 + static_cast<std::int64_t>(sound.samples.size()) / 2048;
  check(first.shape() == Shape({frames, 46}), "verification", "expects ", frames,
        " frames of 46 features, got ", first.shape(), "; nothing was timed");
  check(first == second && first == extract_features(sound), "verification",
        "the features differ from call to call; nothing was timed");
  for (double value : first.span())
    check(std::isfinite(value), "verification", "a feature is not finite; nothing was timed");
}

void add(const std::string& name, const std::vector<std::byte>& bytes) {
  const Sound sound = decode(bytes, name);
  verify(sound);
  const auto timed = [&](const std::string& part, auto body) {
    add_benchmark("features/" + name + "/" + part, [=](benchmark::State& state) {
      FeatureExtractor extractor;
      time_each(state, [&] { benchmark::DoNotOptimize(body(extractor)); });
      state.counters["x_realtime"] =
          benchmark::Counter(sound.seconds(), benchmark::Counter::kIsIterationInvariantRate);
    })->Unit(benchmark::kMicrosecond);
  };
  timed("decode", [=](FeatureExtractor&) { return decode(bytes, name).samples.size(); });
  timed("extract", [=](FeatureExtractor& extract) { return extract(sound)[0]; });
  timed("decode_and_extract",
        [=](FeatureExtractor& extract) { return extract(decode(bytes, name))[0]; });
}

}  // namespace

int main(int argc, char** argv) {
  return run_program(argc, argv, [](const Arguments& arguments) {
    constexpr int rate = 48000;
    add("wav_3.7s_48kHz", wav_file(synthetic_sound(3.7, rate), rate));
    if (!arguments.data.empty()) add("data", read_bytes(arguments.data));
  });
}
