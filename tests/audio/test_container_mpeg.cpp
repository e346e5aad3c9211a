// MPEG frames: counted, whatever stands in front of them; and the fuzzers' seeds.
#include <sonant/audio/decode.h>
#include <sonant/core/error.h>
#include <sonant/core/file.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "audio/containers.h"
#include "support/catch.h"
#include "support/files.h"

using namespace sonant;
using namespace sonant::test;

namespace {

// A real mp3: the Xing frame with LAME's facts, then the frames.
struct RealMp3 {
  std::string all = seed_text("tone.mp3");
  std::size_t info = 0;  // bytes of the Xing frame
  RealMp3() {
    // MPEG 2, layer 3, 16 kHz: 72 bytes for every kbit/s, over 16.
    constexpr int rates[] = {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160};
    const auto third = static_cast<unsigned char>(all[2]);
    info = static_cast<std::size_t>(72 * 1000 * rates[third >> 4] / 16000 + (third >> 1 & 1));
  }
  std::string frames() const { return all.substr(info); }
};

}  // namespace

TEST_CASE("MPEG frames without a count are read to the last", "[audio]") {
  const RealMp3 mp3;
  const Sound cut = decode_text(mp3.all), raw = decode_text(mp3.frames());
  CHECK(raw.notes.empty());
  CHECK(raw.samples.size() == 576 * ((cut.samples.size() + 1105 + 575) / 576));
  // The same samples; only the delay, which the Xing frame tells, is not cut off.
  REQUIRE(raw.samples.size() >= cut.samples.size() + 1105);
  CHECK(std::equal(cut.samples.begin(), cut.samples.end(), raw.samples.begin() + 1105));

  // Whatever the first frame's size makes the decoder estimate.
  for (int version : {1, 2, 3})
    for (int layer : {1, 2, 3})
      for (bool mono : {true, false})
        for (auto [first, others] : {std::pair{14, 4}, {4, 14}, {8, 8}, {13, 1}}) {
          const MpegFormat format{version, layer, 1, mono};
          if (version == 1 && layer == 2 && (mono || others < 5)) continue;  // not allowed
          INFO(version << " " << layer << " " << mono << " " << first);
          const std::size_t each = layer == 1 ? 384 : layer == 3 && version > 1 ? 576 : 1152;
          std::vector<std::string> frames(40, mpeg_frame(others, format));
          frames[0] = mpeg_frame(first, format);
          CHECK(decode_text(joined(frames)).samples.size() == 40 * each);
          CHECK(decode_text(id3v2(4000) + joined(frames) + id3v1()).samples.size() == 40 * each);
        }
  for (std::size_t n : {1, 2, 3}) {
    const std::vector<std::string> few(n, mpeg_frame(5));
    CHECK(decode_text(joined(few)).samples.size() == 1152 * n);
  }
}

TEST_CASE("A frame that counts the others is believed as far as it is right", "[audio]") {
  const RealMp3 mp3;
  const Sound right = decode_text(mp3.all);
  const auto with_count = [&](std::uint64_t count) {
    std::string bytes = mp3.all;
    const std::size_t at = std::min(bytes.find("Xing"), bytes.find("Info"));
    return bytes.replace(at + 8, 4, big(count, 4));
  };
  const std::size_t frames = decode_text(mp3.frames()).samples.size() / 576;
  CHECK(decode_text(with_count(frames)).samples == right.samples);
  CHECK(decode_text(with_count(frames + 1)).samples == right.samples);  // with itself
  CHECK_THROWS_WITH(decode_text(with_count(frames + 2)), ContainsSubstring("truncated"));
  // Two files, one behind the other.
  const Sound both = decode_text(mp3.all + mp3.frames());
  CHECK(both.samples.size() == 2 * 576 * frames - 1105);
  REQUIRE(both.notes.size() == 1);
  CHECK_THAT(both.notes[0], ContainsSubstring("all are read"));
  // Cut in the middle.
  CHECK_THROWS_WITH(decode_text(mp3.all.substr(0, mp3.all.size() / 2)),
                    ContainsSubstring("truncated: its header promises"));

  const std::vector<std::string> ten(10, mpeg_frame(5));
  CHECK(decode_text(xing_frame(-1, -1) + joined(ten)).samples.size() == 11520);
  CHECK(decode_text(xing_frame(0, -1) + joined(ten)).samples.size() == 11520);
  CHECK(decode_text(vbri_frame(10) + joined(ten)).samples.size() == 11520);
  CHECK_THROWS_WITH(decode_text(vbri_frame(20) + joined(ten)), ContainsSubstring("truncated"));
  CHECK_THROWS_WITH(decode_text(xing_frame(10, -1)), ContainsSubstring("truncated"));
}

TEST_CASE("MPEG frames that are damaged or cut", "[audio]") {
  const std::string frame = mpeg_frame(5);
  const std::string ten = joined(std::vector<std::string>(10, frame));
  const Sound nearly = decode_text(ten.substr(0, ten.size() - 64));
  CHECK(nearly.samples.size() == 11520);
  CHECK(nearly.notes.size() == 1);
  CHECK_THROWS_WITH(decode_text(ten.substr(0, ten.size() - 65)),
                    ContainsSubstring("truncated: its last frame promises 65 bytes more"));
  CHECK_THROWS_WITH(decode_text(ten + std::string(500, 'j') + ten),
                    ContainsSubstring("damaged: 500 bytes"));
  CHECK_THROWS_WITH(decode_text(ten + std::string(500, 'j')), ContainsSubstring("damaged"));
  CHECK(decode_text(ten + id3v2(300) + ten).samples.size() == 2 * 11520);
  const Sound late = decode_text(id3v2(300) + frame.substr(99) + ten);
  CHECK(late.samples.size() == 11520);
  CHECK(late.notes.empty());  // the rest of a silent frame is zeros, as the padding of a tag
  const Sound cut_in = decode_text(id3v2(300) + std::string(109, 'j') + ten);
  CHECK(cut_in.samples == late.samples);
  REQUIRE(cut_in.notes.size() == 1);
  CHECK_THAT(cut_in.notes[0], ContainsSubstring("109 bytes in front of its first frame"));
  // Text in UTF-16 begins like a frame.
  CHECK_THROWS_WITH(decode_text(std::string("\xff\xfeh\0e\0l\0l\0o\0", 12)),
                    ContainsSubstring("begins like an mp3"));
}

TEST_CASE("A wav with mp3 in it", "[audio]") {
  const RealMp3 mp3;
  const std::string format = wav_format(0x55, 1, 16000, 0) + little(0, 2);
  CHECK(decode_text(wav_around(format, mp3.all)).samples == decode_text(mp3.all).samples);
  CHECK(decode_text(wav_around(format, mp3.frames())).samples == decode_text(mp3.frames()).samples);
  std::vector<std::string> loud_first(40, mpeg_frame(1));
  loud_first[0] = mpeg_frame(14);
  CHECK(decode_text(wav_around(format, joined(loud_first))).samples.size() == 40 * 1152);
  std::string cut = wav_around(format, mp3.all);
  cut.resize(cut.size() - 200);
  CHECK_THROWS_WITH(decode_text(cut), ContainsSubstring("truncated"));
  CHECK_THROWS_WITH(decode_text(wav_around(format, std::string(400, 'n'))),
                    ContainsSubstring("expected mp3 frames"));
}

// The seeds in fuzz/seeds that are made by hand: build/dev/tests/test_audio "[.seeds]" writes them
// anew.
TEST_CASE("Seeds for the fuzzers", "[.seeds]") {
  const auto write = [](const std::string& name, const std::string& bytes) {
    write_file(test_dir() / "fuzz/seeds" / name, bytes, "seeds");
  };
  for (const ContainerKind& kind : container_kinds()) {
    const auto made = [&](std::uint64_t promised, const std::string& tail = "") {
      return kind.make(pcm16(ramp(60), kind.big_endian), promised, tail);
    };
    const std::string end = std::string("-") + kind.name;
    write("whole" + end, made(120, riff_chunk("LIST", "abc")));
    write("plus44" + end, made(164));
    write("zero" + end, made(0));
    if (kind.unknown != 0) write("unknown" + end, id3v2(9) + made(kind.unknown, id3v1()));
  }
  const RealMp3 mp3;
  const std::string frame = mpeg_frame(1, {2, 3, 2, true});
  write("xing-twice.mp3", mp3.all + id3v2(5) + mp3.frames());
  write("no-xing.mp3", id3v2(9) + mp3.frames() + ape(9, true) + id3v1());
  write("vbri.mp3", vbri_frame(3, {2, 3, 2, true}) + frame + frame + frame);
  write("cut.mp3", xing_frame(2, 400, {2, 3, 2, true}) + frame + frame.substr(0, 20));
  write("layers.mp2", mpeg_frame(4, {2, 2, 2, true}) + mpeg_frame(1, {2, 2, 2, true}));
  write("mp3.wav", wav_around(wav_format(0x55, 1, 16000, 0) + little(0, 2), mp3.frames()));
  std::string open = seed_text("tone.flac");
  open[21] = static_cast<char>(open[21] & 0xf0);
  write("open.flac", id3v2(9) + open.replace(22, 4, std::string(4, '\0')) + id3v1());
  write("tagged.ogg", id3v2(9) + seed_text("tone.ogg") + lyrics3(9) + id3v1());
}
