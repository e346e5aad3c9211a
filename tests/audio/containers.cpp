#include "audio/containers.h"

#include <sonant/core/file.h>

#include <span>
#include <string_view>

#include "support/files.h"

namespace sonant::test {
namespace {

using Number = std::string (*)(std::uint64_t, int);

std::string wav_like(const std::string& magic, Number number, const std::string& data,
                     std::uint64_t promised, const std::string& tail) {
  const std::string format = number(1, 2) + number(1, 2) + number(8000, 4) + number(16000, 4) +
                             number(2, 2) + number(16, 2);
  const std::string body = "WAVEfmt " + number(16, 4) + format + "data" +
                           number(promised & 0xffff'ffff, 4) + data + tail;
  return magic + number(promised == 0 ? 0 : body.size(), 4) + body;
}

// The long form of a format: its last byte is a letter, and a name may seem to begin there.
std::string extensible_format() {
  return wav_format(0xfffe, 1, 8000, 16) + little(22, 2) + little(16, 2) + little(4, 4) +
         little(1, 2) + std::string("\0\0\0\0\x10\0\x80\0\0\xAA\0\x38\x9B\x71", 14);
}

std::string extensible_wav(const std::string& data, std::uint64_t promised,
                           const std::string& tail) {
  const std::string body = "WAVEfmt " + little(40, 4) + extensible_format() + "data" +
                           little(promised & 0xffff'ffff, 4) + data + tail;
  return "RIFF" + little(promised == 0 ? 0 : body.size(), 4) + body;
}

std::string rf64(const std::string& magic, const std::string& format, const std::string& data,
                 std::uint64_t promised, const std::string& tail) {
  const std::string sizes =
      little(72 + data.size(), 8) + little(promised, 8) + little(promised / 2, 8) + little(0, 4);
  return magic + little(0xffff'ffff, 4) + "WAVEds64" + little(28, 4) + sizes + "fmt " +
         little(format.size(), 4) + format + "data" + little(0xffff'ffff, 4) + data + tail;
}

std::string aiff(bool compressed, const std::string& data, std::uint64_t promised,
                 const std::string& tail) {
  const std::string rate("\x40\x0B\xFA\x00\x00\x00\x00\x00\x00\x00", 10);  // 8000 in 80 bits
  std::string common = big(1, 2) + big(data.size() / 2, 4) + big(16, 2) + rate;
  if (compressed) common += "NONE" + std::string(1, '\x0e') + "not compressed" + '\0';
  const std::string gap = compressed ? "gap!" : "";
  const std::uint64_t size = promised == 0 ? 0 : promised + 8 + gap.size();
  const std::string body = (compressed ? "AIFC" : "AIFF") + std::string("COMM") +
                           big(common.size(), 4) + common + "SSND" + big(size, 4) +
                           big(gap.size(), 4) + big(0, 4) + gap + data + tail;
  return "FORM" + big(body.size(), 4) + body;
}

std::string au(const std::string& magic, Number number, const std::string& data,
               std::uint64_t promised, const std::string& tail) {
  return magic + number(28, 4) + number(promised, 4) + number(3, 4) + number(8000, 4) +
         number(1, 4) + "note" + data + tail;
}

std::string w64(const std::string& data, std::uint64_t promised, const std::string& tail) {
  const std::string rest("\xF3\xAC\xD3\x11\x8C\xD1\x00\xC0\x4F\x8E\xDB\x8A", 12);
  const std::string riff("riff\x2E\x91\xCF\x11\xA5\xD6\x28\xDB\x04\xC1\x00\x00", 16);
  const std::uint64_t size = promised > std::uint64_t{1} << 62 ? promised : promised + 24;
  const std::string body = "wave" + rest + "fmt " + rest + little(40, 8) +
                           wav_format(1, 1, 8000, 16) + "data" + rest + little(size, 8) + data;
  return riff + little(24 + body.size(), 8) + body + std::string((8 - data.size() % 8) % 8, '\0') +
         tail;
}

std::string caf(const std::string& data, std::uint64_t promised, const std::string& tail) {
  const std::string rate("\x40\xBF\x40\x00\x00\x00\x00\x00", 8);  // 8000 in 64 bits
  const std::uint64_t size = promised == ~std::uint64_t{0} ? promised : promised + 4;
  return "caff" + big(1, 2) + big(0, 2) + "desc" + big(32, 8) + rate + "lpcm" + big(0, 4) +
         big(2, 4) + big(1, 4) + big(1, 4) + big(16, 4) + "data" + big(size, 8) + big(0, 4) + data +
         tail;
}

std::string svx(const std::string& data, std::uint64_t promised, const std::string& tail) {
  const std::string header =
      big(data.size() / 2, 4) + big(0, 8) + big(8000, 2) + big(1, 1) + big(0, 1) + big(0x10000, 4);
  const std::string body =
      "16SVVHDR" + big(20, 4) + header + "BODY" + big(promised, 4) + data + tail;
  return "FORM" + big(body.size(), 4) + body;
}

std::string nist(const std::string& data, std::uint64_t promised, const std::string& tail) {
  std::string header = "NIST_1A\n   1024\nchannel_count -i 1\nsample_count -i " +
                       std::to_string(promised / 2) +
                       "\nsample_rate -i 8000\nsample_n_bytes -i 2\nsample_byte_format -s2 01\n"
                       "sample_sig_bits -i 16\nsample_coding -s3 pcm\nend_head\n";
  header.resize(1024, ' ');
  return header + data + tail;
}

std::string syncsafe(std::size_t n) {
  std::string s;
  for (int i = 3; i >= 0; --i) s += static_cast<char>(n >> 7 * i & 0x7f);
  return s;
}

std::size_t side_bytes(const MpegFormat& f) {
  return f.version == 1 ? (f.mono ? 17 : 32) : (f.mono ? 9 : 17);
}

}  // namespace

const std::vector<ContainerKind>& container_kinds() {
  using S = const std::string&;
  using N = std::uint64_t;
  static const std::vector<ContainerKind> kinds{
      {"wav", false, 0xffff'ffff, [](S d, N n, S t) { return wav_like("RIFF", little, d, n, t); }},
      {"rifx", true, 0x7fff'f000, [](S d, N n, S t) { return wav_like("RIFX", big, d, n, t); }},
      {"extensible-wav", false, 0xffff'ffff, extensible_wav},
      {"rf64", false, ~N{0},
       [](S d, N n, S t) { return rf64("RF64", wav_format(1, 1, 8000, 16), d, n, t); }},
      {"bw64", false, ~N{0},
       [](S d, N n, S t) { return rf64("BW64", wav_format(1, 1, 8000, 16), d, n, t); }},
      {"extensible-rf64", false, ~N{0},
       [](S d, N n, S t) { return rf64("RF64", extensible_format(), d, n, t); }},
      {"aiff", true, 0x7eff'fffe, [](S d, N n, S t) { return aiff(false, d, n, t); }},
      {"aifc", true, 0x7eff'fffe, [](S d, N n, S t) { return aiff(true, d, n, t); }},
      {"au", true, 0xffff'ffff, [](S d, N n, S t) { return au(".snd", big, d, n, t); }},
      {"dns", false, 0xffff'ffff, [](S d, N n, S t) { return au("dns.", little, d, n, t); }},
      {"w64", false, ~N{0} >> 1, w64},
      {"caf", true, ~N{0}, caf},
      {"svx", true, 0, svx},
      {"nist", false, 0, nist}};
  return kinds;
}

Sound decode_text(std::string_view bytes, const std::string& name) {
  return decode(std::as_bytes(std::span(bytes.data(), bytes.size())), name);
}

std::string seed_text(const std::string& name) {
  return read_text(test_dir() / "fuzz/seeds" / name, "test");
}

std::string joined(const std::vector<std::string>& frames) {
  std::string all;
  for (const std::string& frame : frames) all += frame;
  return all;
}

std::string pcm16(const std::vector<int>& samples, bool big_endian) {
  std::string s;
  for (const int x : samples)
    s += (big_endian ? big : little)(static_cast<std::uint64_t>(x) & 0xffff, 2);
  return s;
}

std::vector<int> ramp(std::size_t n) {
  std::vector<int> samples;
  for (std::size_t i = 0; i < n; ++i)
    samples.push_back(static_cast<int>(i % 2 ? i + 1 : 7 * i + 1));
  return samples;
}

std::string riff_chunk(const std::string& name, const std::string& content) {
  return name + little(content.size(), 4) + content + std::string(content.size() % 2, '\0');
}

std::string wav_format(int tag, int channels, int rate, int bits) {
  const auto n = [](int value, int bytes) {
    return little(static_cast<std::uint64_t>(value), bytes);
  };
  const int frame = channels * bits / 8;
  return n(tag, 2) + n(channels, 2) + n(rate, 4) + n(rate * frame, 4) + n(frame, 2) + n(bits, 2);
}

std::string wav_around(const std::string& format, const std::string& data) {
  return riff_chunk("RIFF", "WAVE" + riff_chunk("fmt ", format) + riff_chunk("data", data));
}

std::string id3v2(std::size_t content, bool footer) {
  const std::string rest =
      std::string("\x04\x00", 2) + (footer ? '\x10' : '\0') + syncsafe(content);
  return "ID3" + rest + std::string(content, 'x') + (footer ? "3DI" + rest : "");
}

std::string id3v1() { return "TAG" + std::string(125, 'y'); }

std::string ape(std::size_t content, bool header) {
  const auto part = [&](std::uint32_t flags) {
    return "APETAGEX" + little(2000, 4) + little(content + 32, 4) + little(1, 4) +
           little(flags | (header ? 0x8000'0000u : 0), 4) + little(0, 8);
  };
  return (header ? part(0x2000'0000) : "") + std::string(content, 'z') + part(0);
}

std::string lyrics3(std::size_t content) {
  const std::string text = "LYRICSBEGIN" + std::string(content, 'w');
  const std::string digits = std::to_string(text.size());
  return text + std::string(6 - digits.size(), '0') + digits + "LYRICS200";
}

std::string mpeg_frame(int bit_rate_index, const MpegFormat& f) {
  constexpr int v1[3][15] = {{0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448},
                             {0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384},
                             {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320}};
  constexpr int v2[3][15] = {{0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256},
                             {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},
                             {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160}};
  constexpr int rates[3] = {44100, 48000, 32000};
  const int rate = rates[f.rate_index] >> (f.version - 1);
  const int bits = 1000 * (f.version == 1 ? v1 : v2)[f.layer - 1][bit_rate_index];
  const int size = f.layer == 1 ? 12 * bits / rate * 4
                                : (f.layer == 3 && f.version > 1 ? 72 : 144) * bits / rate;
  const int version_code = f.version == 1 ? 3 : f.version == 2 ? 2 : 0;
  std::string frame(static_cast<std::size_t>(size), '\0');
  frame[0] = '\xff';
  frame[1] = static_cast<char>(0xe1 | version_code << 3 | (4 - f.layer) << 1);
  frame[2] = static_cast<char>(bit_rate_index << 4 | f.rate_index << 2);
  frame[3] = static_cast<char>(f.mono ? 0xc0 : 0);
  return frame;
}

std::string xing_frame(std::int64_t frames, std::int64_t bytes, const MpegFormat& f) {
  std::string frame = mpeg_frame(9, f);
  std::string facts = "Xing" + big((frames < 0 ? 0 : 1) | (bytes < 0 ? 0 : 2), 4);
  if (frames >= 0) facts += big(static_cast<std::uint64_t>(frames), 4);
  if (bytes >= 0) facts += big(static_cast<std::uint64_t>(bytes), 4);
  return frame.replace(4 + side_bytes(f), facts.size(), facts);
}

std::string vbri_frame(std::uint32_t frames, const MpegFormat& f) {
  const std::string facts =
      "VBRI" + big(1, 2) + big(0, 2) + big(75, 2) + big(0, 4) + big(frames, 4);
  return mpeg_frame(9, f).replace(36, facts.size(), facts);
}

}  // namespace sonant::test
