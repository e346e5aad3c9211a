// An answer while the sound is heard is the answer to what was heard.
#include <sonant/audio/feature_stream.h>
#include <sonant/nn/speech/speech_stream.h>

#include <algorithm>
#include <limits>

#include "nn/speech_case.h"
#include "support/catch.h"
#include "support/text.h"

using namespace sonant;
using namespace sonant::test;

namespace {

using Samples = std::span<const double>;

// The sound cut at random, into pieces of none to `longest` samples.
std::vector<Samples> pieces(Samples sound, std::size_t longest, std::uint64_t seed) {
  std::vector<Samples> all;
  const Random random(seed);
  for (std::uint64_t k = 0; !sound.empty(); ++k) {
    const auto wanted =
        static_cast<std::size_t>(random.uniform(k) * static_cast<double>(longest + 1));
    const std::size_t n = std::min(sound.size(), wanted);
    all.push_back(sound.first(n));
    sound = sound.subspan(n);
  }
  return all;
}

}  // namespace

TEST_CASE("Streamed features have the bits of the whole sound's, however it is cut", "[speech]") {
  const std::vector<double> sound = noise(5000);
  for (const int hop : {80, 256, 300})  // also with samples that no frame has
    for (const int n_fft : {256, 255}) {
      LogMelSettings settings = causal_log_mel();
      settings.hop = hop;
      settings.n_fft = n_fft;
      const FeatureSettings features("log-mel", settings);
      const Tensor<double> whole = extract_features({sound, 8000, 1}, features);
      for (const std::size_t longest : {1, 50, 700, 5000}) {
        INFO("hop " << hop << ", n_fft " << n_fft << ", pieces of at most " << longest);
        FeatureStream stream(features, 8000);
        std::vector<double> streamed;
        for (const Samples piece : pieces(sound, longest, longest)) {
          const Tensor<double> x = stream.push(piece);
          CHECK(x.dim(1) == 12);
          streamed.insert(streamed.end(), x.span().begin(), x.span().end());
        }
        CHECK(std::ranges::equal(streamed, whole.span()));
      }
    }
}

TEST_CASE("A stream's answer is the model's to the sound so far", "[speech]") {
  const std::vector<double> sound = noise(6000);
  for (const char* name : {"reslstm-sa-h9", "lstm-sa-h5"}) {
    const SpeechModel model = speech_case(name);
    SpeechStream stream = model.open_stream(8000);
    CHECK_THROWS_AS(stream.result(), Error);
    std::size_t heard = 0;
    for (const Samples piece : pieces(sound, 900, 4)) {
      stream.push(piece);
      heard += piece.size();
      if (stream.frames() == 0) continue;
      const Prediction now = stream.result(),
                       whole = model.predict(Samples(sound).first(heard), 8000);
      CHECK(now.name == whole.name);
      for (std::size_t c = 0; c < 4; ++c)
        CHECK(now.probabilities[c] == Approx(whole.probabilities[c]).margin(1e-5));
    }
    // In one piece, to the bit; and again after a reset.
    const std::vector<double> before = stream.result().probabilities;
    stream.reset();
    CHECK(stream.frames() == 0);
    stream.push(std::span<const double>(sound));
    CHECK(stream.result().probabilities == before);
  }
}

TEST_CASE("A stream takes floats, outlives its model, and is left alone by a bad sample",
          "[speech]") {
  std::vector<double> sound = noise(2000);
  for (double& x : sound) x = static_cast<float>(x);
  const std::vector<float> floats(sound.begin(), sound.end());
  SpeechModel model = speech_case();
  SpeechStream a = model.open_stream(8000), b = model.open_stream(8000);
  model = speech_case("lstm-sa-h3");
  a.push(std::span<const double>(sound));
  b.push(std::span<const float>(floats));
  CHECK(a.result().probabilities == b.result().probabilities);
  sound[1999] = std::numeric_limits<double>::infinity();
  CHECK_THROWS_WITH(a.push(std::span<const double>(sound)), ContainsSubstring("finite samples"));
  CHECK(a.result().probabilities == b.result().probabilities);
  CHECK(a.frames() == b.frames());
}

TEST_CASE("A stream that cannot be is refused with the reason", "[speech]") {
  const auto refused = [](auto change, int rate = 8000) {
    SpeechModel model = speech_case();
    change(model);
    return test::refusal([&] { model.open_stream(rate); });
  };
  const auto nothing = [](SpeechModel&) {};
  CHECK(refused(nothing) == "");
  CHECK_THAT(refused(nothing, 16000), ContainsSubstring("8000 Hz, got 16000 Hz"));
  CHECK_THAT(refused([](SpeechModel& m) {
               LogMelSettings centred = causal_log_mel();
               centred.centred = true;
               m.features = FeatureSettings("log-mel", centred);
             }),
             ContainsSubstring("log-mel as it is set is not causal"));
  CHECK_THAT(refused([](SpeechModel& m) { m.features = FeatureSettings("librosa-mfcc-chroma"); }),
             ContainsSubstring("librosa-mfcc-chroma as it is set is not causal"));
  CHECK_THAT(refused([](SpeechModel& m) { m.features.around.seconds = 3; }),
             ContainsSubstring("needs its end"));
  CHECK_THAT(refused([](SpeechModel& m) { m.features.around.utterance = UtteranceNorm::mean; }),
             ContainsSubstring("normalised by utterance"));
  CHECK_THAT(refused([](SpeechModel& m) { m.features.around.deltas = 1; }),
             ContainsSubstring("deltas = 0"));
  // The front end's rate counts.
  CHECK(refused([](SpeechModel& m) { m.sample_rate = 44100; }) == "");
}
