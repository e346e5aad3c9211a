#include <sonant/audio/decode.h>
#include <sonant/core/error.h>
#include <sonant/core/file.h>

#include <sys/stat.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <limits>
#include <numbers>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "support/audio_golden.h"
#include "support/catch.h"
#include "support/files.h"
#include "support/temp_folder.h"

using namespace sonant;

namespace {

std::string little_endian(std::uint64_t value, int bytes) {
  std::string s;
  for (int i = 0; i < bytes; ++i) s += static_cast<char>(value >> 8 * i & 0xff);
  return s;
}

std::string chunk(const std::string& id, const std::string& content) {
  return id + little_endian(content.size(), 4) + content + std::string(content.size() % 2, '\0');
}

struct WavFormat {
  int tag = 1;  // 1 PCM, 3 float
  int channels = 1;
  int rate = 8000;
  int bits = 16;
};

std::string wav(const std::string& data, WavFormat f = {}, const std::string& before_data = "") {
  const int frame = f.channels * f.bits / 8;
  const std::string format = little_endian(static_cast<unsigned>(f.tag), 2) +
                             little_endian(static_cast<unsigned>(f.channels), 2) +
                             little_endian(static_cast<unsigned>(f.rate), 4) +
                             little_endian(static_cast<unsigned>(f.rate * frame), 4) +
                             little_endian(static_cast<unsigned>(frame), 2) +
                             little_endian(static_cast<unsigned>(f.bits), 2);
  return chunk("RIFF", "WAVE" + chunk("fmt ", format) + before_data + chunk("data", data));
}

std::string pcm16(const std::vector<int>& samples) {
  std::string s;
  for (const int x : samples) s += little_endian(static_cast<std::uint64_t>(x), 2);
  return s;
}

std::string floats(const std::vector<float>& samples) {
  std::string s(4 * samples.size(), '\0');
  std::memcpy(s.data(), samples.data(), s.size());
  return s;
}

Sound decode_bytes(std::string_view bytes, const DecodeLimits& limits = {}) {
  return decode(std::as_bytes(std::span(bytes.data(), bytes.size())), "x.wav", limits);
}

std::filesystem::path seed(const std::string& name) {
  return test::test_dir() / "fuzz/seeds" / name;
}

}  // namespace

TEST_CASE("Sound files decode to the samples that librosa loads", "[audio]") {
  for (const std::string& name : test::audio_golden_names()) {
    INFO(name);
    const test::AudioGolden golden = test::audio_golden(name);
    const Sound& sound = golden.sound;
    CHECK(sound.sample_rate == golden.stage("sr").item());
    CHECK(sound.channels == golden.stage("channels").item());
    CHECK(static_cast<double>(sound.samples.size()) == golden.stage("n_samples").item());
    double sum = 0, squares = 0;
    for (const double x : sound.samples) sum += x, squares += x * x;
    CHECK(sum == Approx(golden.stage("audio_sum64").item()).epsilon(1e-12));
    CHECK(squares == Approx(golden.stage("audio_sumsq64").item()).epsilon(1e-12));
    CHECK(sound.seconds() == golden.stage("n_samples").item() / golden.stage("sr").item());
  }
}

TEST_CASE("Every format that libsndfile reads", "[audio]") {
  // 0.5 exp(-k/400) sin(2 pi 440 k / rate), written by libsndfile. The lossy ones come back
  // roughly.
  struct Case {
    const char* name;
    int rate, channels;
    std::size_t samples;
    double tolerance;
  };
  for (const Case& c : {Case{"pcm16.wav", 8000, 1, 800, 4e-5},
                        {"float.wav", 8000, 1, 400, 1e-7},
                        {"ulaw.au", 8000, 1, 800, 0.01},
                        {"pcm16.aiff", 8000, 1, 400, 4e-5},
                        {"double.rf64", 8000, 1, 100, 1e-15},
                        {"tone.flac", 8000, 1, 1600, 4e-5},
                        {"tone.ogg", 8000, 1, 1600, 0.06}}) {
    INFO(c.name);
    const Sound sound = decode(seed(c.name));
    CHECK(sound.sample_rate == c.rate);
    CHECK(sound.channels == c.channels);
    REQUIRE(sound.samples.size() == c.samples);
    double worst = 0;
    for (std::size_t k = 0; k < c.samples; ++k) {
      const double t = static_cast<double>(k);
      const double want =
          0.5 * std::exp(-t / 400) * std::sin(2 * std::numbers::pi * 440 * t / c.rate);
      worst = std::max(worst, std::abs(sound.samples[k] - want));
    }
    CHECK(worst < c.tolerance);
  }
}

TEST_CASE("Channels are averaged", "[audio]") {
  const Sound stereo = decode_bytes(wav(pcm16({1000, 3000, -5, 6, 32767, 32767}), {1, 2}));
  CHECK(stereo.channels == 2);
  CHECK(stereo.samples == std::vector<double>{2000 / 32768.0, 0.5 / 32768, 32767 / 32768.0});
  const Sound three = decode_bytes(wav(pcm16({1, 2, 4}), {1, 3}));
  CHECK(three.samples == std::vector<double>{7 / 32768.0 / 3});
}

TEST_CASE("Other chunks are stepped over", "[audio]") {
  const std::string filler = chunk("FLLR", std::string(4001, '\7')) + chunk("LIST", "INFOISFT");
  const Sound sound = decode_bytes(wav(pcm16({1, -2}), {}, filler) + chunk("id3 ", "abc"));
  CHECK(sound.samples == std::vector<double>{1 / 32768.0, -2 / 32768.0});
}

TEST_CASE("A wav from a pipe does not know its length", "[audio]") {
  for (const std::uint64_t size : {0xffff'ffffu, 0x7fff'f000u, 0x7fff'ffffu}) {
    std::string bytes = wav(pcm16({1, 2, 3}));
    bytes.replace(bytes.find("data") + 4, 4, little_endian(size, 4));
    INFO(size);
    CHECK(decode_bytes(bytes).samples.size() == 3);
  }
}

TEST_CASE("One sample is a sound", "[audio]") {
  const Sound sound = decode_bytes(wav(pcm16({16384})));
  CHECK(sound.samples == std::vector<double>{0.5});
  CHECK(sound.seconds() == 1 / 8000.0);
}

TEST_CASE("What is not a sound file is one clear line", "[audio]") {
  const TempFolder folder;
  CHECK_THROWS_WITH(decode(folder / "none.wav"), ContainsSubstring("none.wav: No such file"));
  CHECK_THROWS_WITH(decode(folder.path), ContainsSubstring("got a directory"));
  write_file(folder / "empty.wav", std::string_view(), "test");
  CHECK_THROWS_WITH(decode(folder / "empty.wav"),
                    ContainsSubstring("empty.wav: expected a sound file, got 0 bytes"));
  CHECK_THROWS_WITH(decode_bytes("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n"),
                    ContainsSubstring("x.wav: a git-lfs pointer"));
  CHECK_THROWS_WITH(decode_bytes("This is a text."),
                    ContainsSubstring("x.wav: not a readable sound file"));
  CHECK_THROWS_WITH(decode_bytes(wav("")), ContainsSubstring("x.wav: no samples"));
  for (const std::string& bytes :
       {wav("").substr(0, 3), wav("").substr(0, 11), wav("").substr(0, 30), std::string("fLaC"),
        std::string("OggS"), std::string("ID3")})
    CHECK_THROWS_WITH(decode_bytes(bytes), ContainsSubstring("[decode] x.wav: "));
}

TEST_CASE("Errors have no line break", "[audio]") {
  for (const std::string& bytes :
       {std::string(), std::string("?"), wav(pcm16({1, 2})).substr(0, 45)})
    try {
      decode_bytes(bytes);
      FAIL("expected an error");
    } catch (const Error& error) {
      CHECK(std::string_view(error.what()).find('\n') == std::string_view::npos);
    }
}

TEST_CASE("Truncated files are noticed", "[audio]") {
  const std::string whole = wav(pcm16(std::vector<int>(100, 7)));
  CHECK_THROWS_WITH(decode_bytes(std::string_view(whole).substr(0, whole.size() - 66)),
                    ContainsSubstring("promises 200 bytes of samples, the file holds 134"));
  CHECK_THROWS_WITH(decode_bytes(std::string_view(whole).substr(0, 44)),
                    ContainsSubstring("promises 200 bytes of samples, the file holds 0"));

  const std::vector<std::byte> flac = read_file(seed("tone.flac"), "test");
  for (const std::size_t keep : {flac.size() - 1, flac.size() / 2, std::size_t{50}})
    CHECK_THROWS_AS(decode(std::span(flac).first(keep), "cut.flac"), Error);
}

TEST_CASE("NaN and infinite samples are named", "[audio]") {
  const float nan = std::numeric_limits<float>::quiet_NaN(), inf = HUGE_VALF;
  const WavFormat format{3, 1, 8000, 32};
  CHECK(decode_bytes(wav(floats({0.5f, 1.5f}), format)).samples == std::vector<double>{0.5, 1.5});
  CHECK_THROWS_WITH(decode_bytes(wav(floats({0, 1, nan, 2}), format)),
                    ContainsSubstring("NaN or infinity at sample 2"));
  CHECK_THROWS_WITH(decode_bytes(wav(floats({-inf}), format)), ContainsSubstring("at sample 0"));
}

TEST_CASE("A header cannot make it allocate", "[audio]") {
  // An .au file that claims 2^31 bytes, a flac that claims 2^36-1 samples, an rf64 of 2^62 bytes.
  std::vector<std::byte> au = read_file(seed("ulaw.au"), "test");
  au[8] = std::byte{0x7f}, au[9] = au[10] = au[11] = std::byte{0xff};
  CHECK_THROWS_AS(decode(au, "x.au"), Error);
  std::vector<std::byte> flac = read_file(seed("tone.flac"), "test");
  flac[21] |= std::byte{0x0f};
  for (std::size_t i = 22; i < 26; ++i) flac[i] = std::byte{0xff};
  CHECK_THROWS_WITH(decode(flac, "x.flac"), ContainsSubstring("promises 68719476735 samples"));
  std::vector<std::byte> rf64 = read_file(seed("double.rf64"), "test");
  rf64[28 + 7] = std::byte{0x40};
  CHECK_THROWS_WITH(decode(rf64, "x.rf64"),
                    ContainsSubstring("promises 4611686018427388704 bytes"));
}

TEST_CASE("Limits on the length", "[audio]") {
  const std::string bytes = wav(pcm16(std::vector<int>(100, 7)));
  CHECK(decode_bytes(bytes, {.max_samples = 100}).samples.size() == 100);
  CHECK_THROWS_WITH(decode_bytes(bytes, {.max_samples = 99}),
                    ContainsSubstring("longer than the limit of 99 samples"));
}

TEST_CASE("A pipe is read like a file", "[audio]") {
  const TempFolder folder;
  const std::filesystem::path pipe = folder / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const std::jthread writer([&] { std::ofstream(pipe, std::ios::binary) << wav(pcm16({4, 5})); });
  CHECK(decode(pipe).samples == std::vector<double>{4 / 32768.0, 5 / 32768.0});
}

TEST_CASE("Written wavs come back bit for bit", "[audio]") {
  const TempFolder folder;
  const std::vector<double> samples{0, 1 / 32768.0, -1, 32767 / 32768.0, 0.25, -0.75};
  write_wav(folder / "a.wav", samples, 22050);
  const Sound sound = decode(folder / "a.wav");
  CHECK(sound.samples == samples);
  CHECK(sound.sample_rate == 22050);
  CHECK(sound.channels == 1);

  // Rounded to the nearest, and clipped.
  write_wav(folder / "a.wav", std::vector{1.4 / 32768, 1.6 / 32768, 7.0, -7.0}, 8000);
  CHECK(decode(folder / "a.wav").samples ==
        std::vector<double>{1 / 32768.0, 2 / 32768.0, 32767 / 32768.0, -1});
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path), {}) == 1);
}

TEST_CASE("write_wav refuses what cannot be written and keeps the old file", "[audio]") {
  const TempFolder folder;
  const std::vector<double> samples{0.5};
  write_wav(folder / "a.wav", samples, 8000);
  CHECK_THROWS_WITH(write_wav(folder / "a.wav", {}, 8000),
                    ContainsSubstring("at least one sample"));
  CHECK_THROWS_WITH(write_wav(folder / "a.wav", samples, 0), ContainsSubstring("1 Hz, got 0"));
  CHECK_THROWS_WITH(write_wav(folder / "a.wav", std::vector{0.0, std::nan("")}, 8000),
                    ContainsSubstring("sample 1 is not finite"));
  CHECK_THROWS_WITH(write_wav(folder / "none/a.wav", samples, 8000),
                    ContainsSubstring("none/a.wav: cannot be written"));
  CHECK(decode(folder / "a.wav").samples == samples);
}
