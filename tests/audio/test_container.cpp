// Where the samples are: every kind of container, with headers that are right, wrong and unknowing.
#include <sonant/audio/container.h>
#include <sonant/audio/decode.h>
#include <sonant/core/error.h>
#include <sonant/core/file.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "audio/containers.h"
#include "support/catch.h"
#include "support/files.h"
#include "support/text.h"

using namespace sonant;
using namespace sonant::test;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

std::vector<int> as_ramp(const Sound& sound) {
  std::vector<int> samples;
  for (const double x : sound.samples) samples.push_back(static_cast<int>(32768 * x));
  return samples;
}

const std::vector<int> kRamp = ramp(400);

struct Made {
  std::string data;
  const ContainerKind& kind;
  std::string with(std::uint64_t promised, const std::string& tail = "") const {
    return kind.make(data, promised, tail);
  }
};

Made made(const ContainerKind& kind) { return {pcm16(kRamp, kind.big_endian), kind}; }

}  // namespace

TEST_CASE("Every container gives all its samples", "[audio]") {
  for (const ContainerKind& kind : container_kinds()) {
    INFO(kind.name);
    const Sound sound = decode_text(made(kind).with(800));
    CHECK((as_ramp(sound) == kRamp));
    CHECK(sound.sample_rate == 8000);
    CHECK(sound.notes.empty());
  }
}

TEST_CASE("Truncated files are refused in every container", "[audio]") {
  for (const ContainerKind& kind : container_kinds()) {
    INFO(kind.name);
    Made half = made(kind);
    half.data.resize(400);
    CHECK_THROWS_WITH(decode_text(half.with(800)),
                      ContainsSubstring("x.snd: truncated: its header promises 800 bytes of "
                                        "samples, the file holds 400"));
    CHECK_THROWS_WITH(decode_text(made(kind).with(866)), ContainsSubstring("truncated"));
  }
}

TEST_CASE("A header that promises a little more is noted and the file read whole", "[audio]") {
  for (const ContainerKind& kind : container_kinds())
    for (const std::uint64_t more : {2, 8, 44, 64}) {
      INFO(kind.name << " +" << more);
      const Sound sound = decode_text(made(kind).with(800 + more));
      CHECK((as_ramp(sound) == kRamp));
      REQUIRE(sound.notes.size() == 1);
      CHECK_THAT(sound.notes[0], ContainsSubstring("promises " + std::to_string(800 + more) +
                                                   " bytes of samples, the file holds 800"));
    }
}

TEST_CASE("Size 0 with samples behind it is noted and read whole", "[audio]") {
  for (const ContainerKind& kind : container_kinds()) {
    INFO(kind.name);
    const Sound sound = decode_text(made(kind).with(0));
    CHECK((as_ramp(sound) == kRamp));
    CHECK(sound.notes.size() == 1);
    CHECK_THROWS_WITH(decode_text(kind.make("", 0, "")), ContainsSubstring("no samples"));
  }
  // Silence is samples, too.
  const Sound silence = decode_text(container_kinds()[0].make(std::string(800, '\0'), 0, ""));
  CHECK(silence.samples == std::vector<double>(400, 0.0));
}

TEST_CASE("A recorder into a pipe could not know the size", "[audio]") {
  for (const ContainerKind& kind : container_kinds()) {
    if (kind.unknown == 0) continue;
    INFO(kind.name);
    for (const std::string& tail : {std::string(), id3v1(), ape(100, true)}) {
      const Sound sound = decode_text(made(kind).with(kind.unknown, tail));
      CHECK((as_ramp(sound) == kRamp));
      CHECK(sound.notes.empty());
    }
  }
}

TEST_CASE("Chunks behind the samples are no samples", "[audio]") {
  const ContainerKind& wav = container_kinds()[0];
  for (const std::string& tail :
       {riff_chunk("LIST", "INFOISFT" + little(6, 4) + "maker\0"), riff_chunk("id3 ", id3v2(77)),
        riff_chunk("LIST", "abc") + riff_chunk("bext", std::string(602, '\0')),
        riff_chunk("LIST", "abcd") + std::string(512, '\0'),
        riff_chunk("LIST", "abcd") + id3v1()}) {
    INFO(tail);
    CHECK(decode_text(made(wav).with(800, tail)).notes.empty());
    for (const std::uint64_t promised : {800, 802, 808, 812, 844, 864, 0}) {
      const Sound sound = decode_text(made(wav).with(promised, tail));
      CHECK((as_ramp(sound) == kRamp));
      CHECK(sound.notes.size() == (promised == 800 ? 0 : 1));
    }
    CHECK((as_ramp(decode_text(made(wav).with(wav.unknown, tail))) == kRamp));
  }
  const std::string w64_name("\xF3\xAC\xD3\x11\x8C\xD1\x00\xC0\x4F\x8E\xDB\x8A", 12);
  for (const ContainerKind& kind : container_kinds()) {
    INFO(kind.name);
    const std::string_view name = kind.name;
    const std::string tail = name == "w64"     ? "list" + w64_name + little(32, 8) + "comments"
                             : name == "caf"   ? "info" + big(8, 8) + "comments"
                             : kind.big_endian ? "LIST" + big(8, 4) + "comments"
                                               : riff_chunk("LIST", "comments");
    CHECK((as_ramp(decode_text(made(kind).with(800, tail))) == kRamp));
  }
  // Bytes that are nothing known are left out, with a word.
  const Sound sound = decode_text(made(wav).with(800, "\1\2\3\4\5\6\7\x08\x09\n"));
  CHECK((as_ramp(sound) == kRamp));
  REQUIRE(sound.notes.size() == 1);
  CHECK_THAT(sound.notes[0], ContainsSubstring("10 bytes behind its samples left out"));
}

// libsndfile 1.2.0 reads for minutes through a LIST like this; it never gets to see one.
TEST_CASE("Chunks that lie about the sizes in them cost no time", "[audio]") {
  const std::string list = "LIST" + std::string("\3\0\0\0", 4) + "ab" + std::string(14, '\xff') +
                           "wvpk" + std::string(48, '\xff') + std::string("c\0", 2);
  for (const bool big_endian : {false, true}) {
    const auto number = [&](std::uint64_t value, int n) {
      return big_endian ? big(value, n) : little(value, n);
    };
    const std::string kind = big_endian ? "RIFX" : "RIFF";
    std::string fields = number(1, 2) + number(1, 2) + number(8000, 4) + number(16000, 4) +
                         number(2, 2) + number(16, 2);
    const std::string format = "fmt " + number(16, 4) + fields;
    const std::string data = "data" + number(800, 4) + pcm16(kRamp, big_endian);
    const auto whole = [&](const std::string& chunks) {
      return kind + number(4 + chunks.size(), 4) + "WAVE" + chunks;
    };
    const std::string lie = "LIST" + number(64, 4) + list.substr(8, 64);
    for (const std::string& chunks :
         {format + data + list, lie + format + data, format + lie + data, format + data + lie})
      CHECK((as_ramp(decode_text(whole(chunks))) == kRamp));
    CHECK_THROWS_WITH(decode_text(whole(format + list)),
                      ContainsSubstring("no chunk \"data\" in it"));
    CHECK_THROWS_WITH(decode_text(whole(list + data)),
                      ContainsSubstring("no whole chunk \"fmt \" in it"));
  }
}

TEST_CASE("An odd chunk without its byte of padding leads on", "[audio]") {
  const std::string odd = "note" + little(3, 4) + "abc";
  const std::string bytes = "WAVEfmt " + little(16, 4) + wav_format(1, 1, 8000, 16) + odd +
                            riff_chunk("data", pcm16(kRamp, false));
  CHECK((as_ramp(decode_text(riff_chunk("RIFF", bytes))) == kRamp));
  std::string cut = riff_chunk("RIFF", bytes);
  cut.resize(cut.size() - 100);
  CHECK_THROWS_WITH(decode_text(cut), ContainsSubstring("truncated"));
}

TEST_CASE("Tags in front of anything are stepped over", "[audio]") {
  std::vector<std::string> files{seed_text("tone.flac"), seed_text("tone.ogg"),
                                 seed_text("tone.mp3"), seed_text("adpcm.wav")};
  for (const ContainerKind& kind : container_kinds()) files.push_back(made(kind).with(800));
  for (const std::string& file : files) {
    INFO(file.substr(0, 12));
    const Sound plain = decode_text(file);
    for (const std::string& tags :
         {id3v2(0), id3v2(16000), id3v2(301) + id3v2(5000, true), id3v2(10) + ape(90, true),
          id3v2(20) + std::string(2048, '\0')}) {
      const Sound tagged = decode_text(tags + file);
      CHECK(tagged.samples == plain.samples);
      CHECK(tagged.notes == plain.notes);
    }
  }
  CHECK_THROWS_WITH(decode_text(id3v2(100)), ContainsSubstring("no sound in the file, only a tag"));
  CHECK_THROWS_WITH(decode_text(id3v2(100).substr(0, 50)),
                    ContainsSubstring("truncated: its tag promises 110 bytes, the file holds 50"));
}

TEST_CASE("Tags behind a stream are not taken for a damaged one", "[audio]") {
  for (const char* name : {"tone.flac", "tone.ogg", "tone.mp3"})
    for (const std::string& tags :
         {id3v1(), ape(70, false), ape(70, true), lyrics3(50) + id3v1(), ape(5, true) + id3v1(),
          "TAG+" + std::string(223, 'q') + id3v1(), std::string(700, '\0')}) {
      INFO(name << " " << tags.substr(0, 8));
      CHECK(decode_text(seed_text(name) + tags).samples == decode_text(seed_text(name)).samples);
    }
}

TEST_CASE("Ogg streams say where they end", "[audio]") {
  for (const char* name : {"tone.ogg", "tone.opus"}) {
    INFO(name);
    const std::string whole = seed_text(name);
    CHECK(!decode_text(whole).samples.empty());
    CHECK_THROWS_WITH(decode_text(whole.substr(0, whole.size() - 1)),
                      ContainsSubstring("truncated: its last page promises"));
    const std::size_t last = whole.rfind("OggS");
    CHECK_THROWS_WITH(decode_text(whole.substr(0, last)),
                      ContainsSubstring("truncated: its last page is missing"));
    std::string hole = whole;
    hole.replace(last, 4, "????");
    CHECK_THROWS_AS(decode_text(hole), Error);
  }
}

TEST_CASE("A FLAC that does not know its length", "[audio]") {
  for (const char* name : {"tone.flac", "stereo.flac"}) {
    INFO(name);
    std::string open = seed_text(name);
    open[21] = static_cast<char>(open[21] & 0xf0);
    open.replace(22, 4, std::string(4, '\0'));
    CHECK(decode_text(open).samples == decode_text(seed_text(name)).samples);
    CHECK(decode_text(open + id3v1()).samples == decode_text(seed_text(name)).samples);
    for (const std::size_t less : {1, 2, 40})
      CHECK_THROWS_WITH(decode_text(open.substr(0, open.size() - less)),
                        ContainsSubstring("truncated: its last frame is not whole"));
  }
}

TEST_CASE("What cannot be read is named, with the way to convert it", "[audio]") {
  const std::string m4a = big(32, 4) + "ftypM4A " + std::string(20, '\0');
  CHECK_THROWS_WITH(decode_text(m4a, "a/my voice.m4a"),
                    ContainsSubstring("a/my voice.m4a: not a readable sound file") &&
                        ContainsSubstring("MP4") &&
                        ContainsSubstring("aiff, au, caf, flac, mp3, ogg") &&
                        ContainsSubstring("ffmpeg -i 'a/my voice.m4a' 'a/my voice.wav'"));
  CHECK_THROWS_WITH(decode_text("\x1A\x45\xDF\xA3 webm", "x.webm"),
                    ContainsSubstring("ffmpeg -i x.webm x.wav"));
  const std::string aac_in_wav = wav_around(wav_format(0xff, 1, 8000, 16), std::string(64, 'a'));
  CHECK_THROWS_WITH(decode_text(aac_in_wav, "it's.wav"),
                    ContainsSubstring("ffmpeg -i 'it'\\''s.wav' 'it'\\''s.pcm.wav'"));
  for (const std::string& bytes : {std::string("\xFF\xF1\x50\x80", 4), std::string("#!AMR\n"),
                                   std::string("\x30\x26\xB2\x75\x8E\x66\xCF\x11", 8),
                                   std::string("wvpk1234"), id3v2(10) + "\xFF\xF1\x50\x80"})
    CHECK_THROWS_WITH(decode_text(bytes), ContainsSubstring("ffmpeg -i"));
  for (const std::string& bytes :
       {std::string("PK\3\4...."), std::string("<html>....."), std::string("nothing known")})
    CHECK_THROWS_WITH(decode_text(bytes), ContainsSubstring("what can be read is aiff") &&
                                              !ContainsSubstring("ffmpeg"));
}

TEST_CASE("A file never gets another file's reason", "[audio]") {
  const std::string unknown_format = wav_around(wav_format(0x1234, 1, 8000, 16), "abcdefgh");
  const std::string text = "This is no sound at all.";
  const auto reason = [](const std::string& bytes) -> std::string {
    return test::refusal([&] { decode_text(bytes); });
  };
  const std::string want[] = {reason(unknown_format), reason(text)};
  REQUIRE(want[0] != want[1]);
  std::vector<int> wrong(8, 0);
  {
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < wrong.size(); ++t)
      threads.emplace_back([&, t] {
        for (int i = 0; i < 4000; ++i)
          if (reason(t % 2 ? text : unknown_format) != want[t % 2]) ++wrong[t];
      });
  }
  CHECK(wrong == std::vector<int>(8, 0));
}

TEST_CASE("Headers that claim years cost nothing", "[audio]") {
  for (const ContainerKind& kind : container_kinds())
    for (const std::uint64_t promised : {std::uint64_t{1} << 30, std::uint64_t{1} << 40}) {
      INFO(kind.name);
      if (promised >> 32 != 0 &&
          std::string_view("rf64 bw64 w64 caf").find(kind.name) == std::string_view::npos)
        continue;
      CHECK_THROWS_WITH(decode_text(made(kind).with(promised)), ContainsSubstring("truncated"));
    }
  CHECK_THROWS_AS(decode_text(xing_frame(1 << 30, -1) + mpeg_frame(5) + mpeg_frame(5)), Error);
}

TEST_CASE("Every beginning of every container is an error or a sound", "[audio]") {
  for (const ContainerKind& kind : container_kinds())
    for (const std::uint64_t promised : {std::uint64_t{800}, std::uint64_t{0}, kind.unknown}) {
      const std::string bytes = id3v2(7) + made(kind).with(promised);
      for (std::size_t n = 0; n < bytes.size(); n += n < 300 ? 1 : 37)
        CHECK(LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), n) == 0);
    }
}
