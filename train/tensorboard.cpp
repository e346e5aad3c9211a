#include <sonant/train/tensorboard.h>

#include <unistd.h>

#include <bit>
#include <chrono>

#include <sonant/core/file.h>

namespace sonant {
namespace {

constexpr const char* kAt = "TensorBoardLog";

std::uint32_t masked_crc(std::string_view bytes) {
  std::uint32_t crc = ~0u;
  for (unsigned char byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (crc & 1 ? 0x82f63b78u : 0u);
  }
  return std::rotr(~crc, 15) + 0xa282ead8u;
}

std::string little_endian(std::uint64_t value, int bytes) {
  std::string text;
  for (int k = 0; k < bytes; ++k) text += static_cast<char>((value >> (8 * k)) & 0xff);
  return text;
}

std::string varint(std::uint64_t value) {
  std::string text;
  for (; value >= 0x80; value >>= 7) text += static_cast<char>((value & 0x7f) | 0x80);
  return text + static_cast<char>(value);
}

// A field is its number and wire type, and then its value.
enum Wire : std::uint64_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };
std::string key(std::uint64_t field, Wire wire) { return varint(field << 3 | wire); }
std::string number(std::uint64_t field, std::uint64_t value) {
  return key(field, kVarint) + varint(value);
}
std::string bytes(std::uint64_t field, std::string_view value) {
  return key(field, kBytes) + varint(value.size()) + std::string(value);
}

// Event { double wall_time = 1; int64 step = 2; string file_version = 3; Summary summary = 5;
//         SessionLog session_log = 7; }. As protobuf does, a zero is left out.
std::string event(double wall_time, std::int64_t step) {
  std::string text = key(1, kFixed64) + little_endian(std::bit_cast<std::uint64_t>(wall_time), 8);
  if (step != 0) text += number(2, static_cast<std::uint64_t>(step));
  return text;
}

double now() {
  using namespace std::chrono;
  return duration<double>(system_clock::now().time_since_epoch()).count();
}

std::string host() {
  char name[256] = {};
  return gethostname(name, sizeof name - 1) == 0 && name[0] != '\0' ? name : "localhost";
}

}  // namespace

std::string tf_record(std::string_view data) {
  const std::string length = little_endian(data.size(), 8);
  return length + little_endian(masked_crc(length), 4) + std::string(data) +
         little_endian(masked_crc(data), 4);
}

std::string version_event(double wall_time) {
  return event(wall_time, 0) + bytes(3, "brain.Event:2");
}

// SessionLog { SessionStatus status = 1; }, START = 1
std::string restart_event(double wall_time, std::int64_t step) {
  return event(wall_time, step) + bytes(7, number(1, 1));
}

// Summary { repeated Value value = 1; },  Value { string tag = 1; float simple_value = 2; }
std::string scalars_event(double wall_time, std::int64_t step,
                          const std::vector<std::pair<std::string, double>>& scalars) {
  std::string summary;
  for (const auto& [tag, value] : scalars) {
    const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(value));
    summary += bytes(1, bytes(1, tag) + key(2, kFixed32) + little_endian(bits, 4));
  }
  return event(wall_time, step) + bytes(5, summary);
}

TensorBoardLog::TensorBoardLog(const std::filesystem::path& folder, int done) {
  check(done >= 0, kAt, "expects a number of completed epochs >= 0, got ", done);
  make_folder(folder, kAt);
  const double time = now();
  // Another run's file may be of this second.
  for (auto second = static_cast<std::int64_t>(time);; ++second) {
    path_ = folder / ("events.out.tfevents." + std::to_string(second) + "." + host());
    if (!std::filesystem::exists(path_)) break;
  }
  std::string text = tf_record(version_event(time));
  if (done > 0) text += tf_record(restart_event(time, done + 1));
  append_file(path_, text, kAt);
}

void TensorBoardLog::add(const EpochFigures& record) {
  append_file(path_, tf_record(scalars_event(now(), record.epoch, record.figures)), kAt);
}

}  // namespace sonant
