#include <sonant/audio/unreadable.h>

#include <sndfile.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <string_view>
#include <vector>

#include <sonant/audio/container.h>

namespace sonant {
namespace {

struct Magic {
  std::size_t at;
  std::string_view bytes;
  const char* what;
  bool sound;  // a tool could convert it
};

using namespace std::string_view_literals;
constexpr Magic kMagics[] = {
    {4, "ftyp"sv, "MP4 (m4a, mp4, mov, 3gp: mostly AAC)", true},
    {0, "\x1A\x45\xDF\xA3"sv, "Matroska (webm, mkv: mostly Opus)", true},
    {0, "\x30\x26\xB2\x75\x8E\x66\xCF\x11"sv, "Windows Media (wma, wmv)", true},
    {8, "AVI "sv, "AVI", true},
    {0, "FLV"sv, "Flash video", true},
    {0, ".RMF"sv, "RealMedia", true},
    {0, "#!AMR"sv, "AMR", true},
    {0, "#!SILK"sv, "SILK", true},
    {1, "#!SILK"sv, "SILK", true},
    {0, "\xFF\xF1"sv, "AAC", true},
    {0, "\xFF\xF9"sv, "AAC", true},
    {0, "ADIF"sv, "AAC", true},
    {0, "MAC "sv, "Monkey's Audio", true},
    {0, "wvpk"sv, "WavPack", true},
    {0, "TTA1"sv, "True Audio", true},
    {0, "MPCK"sv, "Musepack", true},
    {0, "MP+"sv, "Musepack", true},
    {0, "ajkg"sv, "Shorten", true},
    {0, "DSD "sv, "DSD", true},
    {0, "FRM8"sv, "DSD", true},
    {0, "\x0B\x77"sv, "AC-3", true},
    {0, "\x00\x00\x01\xBA"sv, "MPEG video", true},
    {28, "OpusHead"sv, "Opus", true},
    {28, "Speex"sv, "Speex", true},
    {28, "\x01vorbis"sv, "Ogg Vorbis", true},
    {28,
     "\x7F"
     "FLAC"sv,
     "Ogg FLAC", true},
    {0, "OggS"sv, "Ogg", true},
    {0, "fLaC"sv, "FLAC", true},
    {8, "WAVE"sv, "wav", true},
    {8, "AIF"sv, "AIFF", true},
    {0, "caff"sv, "CAF", true},
    {0, ".snd"sv, "AU", true},
    {0, "NIST_1A"sv, "NIST SPHERE", true},
    {0, "MThd"sv, "MIDI (notes, no sound)", false},
    {0, "PK\x03\x04"sv, "a zip archive", false},
    {0, "\x1F\x8B"sv, "a gzip archive", false},
    {0, "Rar!"sv, "a rar archive", false},
    {0, "7z\xBC\xAF\x27\x1C"sv, "a 7z archive", false},
    {0, "<!DOCTYPE"sv, "a web page", false},
    {0, "<html"sv, "a web page", false},
    {0, "%PDF"sv, "a PDF", false},
    {0, "\x89PNG"sv, "a picture", false},
    {0, "\xFF\xD8\xFF"sv, "a picture", false},
};

const Magic* magic_of(std::string_view text) {
  const auto found = std::find_if(std::begin(kMagics), std::end(kMagics), [&](const Magic& m) {
    return text.size() > m.at && text.substr(m.at).starts_with(m.bytes);
  });
  return found == std::end(kMagics) ? nullptr : &*found;
}

// Those that this libsndfile was built with.
std::string readable_formats() {
  const auto has = [](int count_command, int command, int format) {
    int count = 0;
    sf_command(nullptr, count_command, &count, sizeof count);
    for (int i = 0; i < count; ++i) {
      SF_FORMAT_INFO info{};
      info.format = i;
      if (sf_command(nullptr, command, &info, sizeof info) == 0 && info.format == format)
        return true;
    }
    return false;
  };
  std::string text = "aiff, au, caf";
  struct Optional {
    bool major;
    int format;
    const char* name;
  };
  for (const Optional& o :
       {Optional{true, SF_FORMAT_FLAC, ", flac"}, Optional{true, SF_FORMAT_MPEG, ", mp3"},
        Optional{true, SF_FORMAT_OGG, ", ogg"}, Optional{false, SF_FORMAT_OPUS, ", opus"}})
    if (o.major ? has(SFC_GET_FORMAT_MAJOR_COUNT, SFC_GET_FORMAT_MAJOR, o.format)
                : has(SFC_GET_FORMAT_SUBTYPE_COUNT, SFC_GET_FORMAT_SUBTYPE, o.format))
      text += o.name;
  return text + ", rf64, w64, wav";
}

// As a POSIX shell takes it for one word.
std::string shell_word(const std::string& text) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_-./+,:@%=").find(c) != std::string_view::npos;
  };
  if (!text.empty() && std::all_of(text.begin(), text.end(), plain)) return text;
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace

std::string why_unreadable(std::span<const std::byte> bytes, const std::string& name) {
  const Magic* magic = magic_of(as_text(bytes));
  std::string text = magic == nullptr ? "" : std::string("it is ") + magic->what + "; ";
  text += "what can be read is " + readable_formats();
  if (magic == nullptr || !magic->sound) return text;
  if (name.starts_with("/dev/")) return text + "; convert it: ffmpeg -i SOUND SOUND.wav";
  std::string target = std::filesystem::path(name).replace_extension(".wav").native();
  if (target == name) target = std::filesystem::path(name).replace_extension(".pcm.wav").native();
  return text + "; convert it: ffmpeg -i " + shell_word(name) + " " + shell_word(target);
}

}  // namespace sonant
