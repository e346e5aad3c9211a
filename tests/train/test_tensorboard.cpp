// Event files, read by the rules of their format: TFRecord's frames with CRC-32C from a table, and
// protobuf's wire types.
#include <sonant/core/error.h>
#include <sonant/core/file.h>
#include <sonant/train/tensorboard.h>

#include <unistd.h>

#include <array>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstring>
#include <map>

#include "support/catch.h"
#include "support/temp_folder.h"

using namespace sonant;

namespace {

// By RFC 3720's polynomial x^32 + x^28 + x^27 + ... + 1, its bits reversed, a byte at once.
std::uint32_t crc32c(std::string_view bytes) {
  static const auto table = [] {
    std::array<std::uint32_t, 256> t{};
    for (std::uint32_t n = 0; n < 256; ++n) {
      t[n] = n;
      for (int k = 0; k < 8; ++k) t[n] = t[n] & 1 ? 0x82F63B78u ^ (t[n] >> 1) : t[n] >> 1;
    }
    return t;
  }();
  std::uint32_t crc = 0xffffffff;
  for (char c : bytes) crc = table[(crc ^ static_cast<unsigned char>(c)) & 0xff] ^ (crc >> 8);
  return ~crc;
}

std::uint32_t masked(std::string_view bytes) {
  const std::uint32_t crc = crc32c(bytes);
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
}

// Takes a number of n bytes, least significant first, off the front.
std::uint64_t take(std::string_view& bytes, std::size_t n) {
  REQUIRE(bytes.size() >= n);
  std::uint64_t value = 0;
  for (std::size_t k = n; k-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[k]);
  bytes.remove_prefix(n);
  return value;
}

std::uint64_t take_varint(std::string_view& bytes) {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    const std::uint64_t byte = take(bytes, 1);
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  FAIL("a varint has at most ten bytes");
  return 0;
}

struct Field {
  std::uint64_t number, wire, value;  // of wire types 0, 1, 5
  std::string_view bytes;             // of wire type 2
};

std::vector<Field> fields(std::string_view message) {
  std::vector<Field> out;
  while (!message.empty()) {
    const std::uint64_t key = take_varint(message);
    Field field{key >> 3, key & 7, 0, {}};
    if (field.wire == 0)
      field.value = take_varint(message);
    else if (field.wire == 1)
      field.value = take(message, 8);
    else if (field.wire == 5)
      field.value = take(message, 4);
    else {
      REQUIRE(field.wire == 2);
      const std::uint64_t size = take_varint(message);
      REQUIRE(size <= message.size());
      field.bytes = message.substr(0, size);
      message.remove_prefix(size);
    }
    out.push_back(field);
  }
  return out;
}

struct Event {
  double wall_time = 0;
  std::int64_t step = 0;
  std::string version;
  bool start = false;  // of a session
  std::vector<std::pair<std::string, float>> scalars;
};

void read_summary(std::string_view summary, Event& event) {
  for (const Field& value : fields(summary)) {
    REQUIRE((value.number == 1 && value.wire == 2));
    std::pair<std::string, float> scalar;
    for (const Field& f : fields(value.bytes)) {
      REQUIRE(((f.number == 1 && f.wire == 2) || (f.number == 2 && f.wire == 5)));
      if (f.number == 1)
        scalar.first = f.bytes;
      else
        scalar.second = std::bit_cast<float>(static_cast<std::uint32_t>(f.value));
    }
    event.scalars.push_back(scalar);
  }
}

Event read_event(std::string_view message) {
  Event event;
  const std::map<std::uint64_t, std::uint64_t> wire = {{1, 1}, {2, 0}, {3, 2}, {5, 2}, {7, 2}};
  for (const Field& f : fields(message)) {
    REQUIRE((wire.contains(f.number) && wire.at(f.number) == f.wire));
    if (f.number == 1) event.wall_time = std::bit_cast<double>(f.value);
    if (f.number == 2) event.step = static_cast<std::int64_t>(f.value);
    if (f.number == 3) event.version = f.bytes;
    if (f.number == 5) read_summary(f.bytes, event);
    if (f.number == 7)
      for (const Field& log : fields(f.bytes))
        event.start |= log.number == 1 && log.wire == 0 && log.value == 1;
  }
  return event;
}

std::vector<Event> read_events(const std::filesystem::path& path) {
  const std::string text = read_text(path, "test");
  std::vector<Event> events;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view length_bytes = rest.substr(0, 8);
    const std::uint64_t length = take(rest, 8);
    REQUIRE(take(rest, 4) == masked(length_bytes));
    REQUIRE(length <= rest.size());
    const std::string_view data = rest.substr(0, length);
    rest.remove_prefix(length);
    REQUIRE(take(rest, 4) == masked(data));
    events.push_back(read_event(data));
  }
  return events;
}

double now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string from_hex(std::string_view digits) {
  std::string bytes;
  std::string pair;
  for (char c : digits) {
    if (c != ' ') pair += c;
    if (pair.size() == 2) {
      bytes += static_cast<char>(std::stoi(pair, nullptr, 16));
      pair.clear();
    }
  }
  return bytes;
}

}  // namespace

TEST_CASE("The test's own CRC-32C is that of RFC 3720", "[train]") {
  CHECK(crc32c("123456789") == 0xe3069283u);
  CHECK(crc32c(std::string(32, '\0')) == 0x8a9136aau);  // RFC 3720, B.4
  CHECK(crc32c(std::string(32, '\xff')) == 0x62a8ab43u);
}

TEST_CASE("An event's bytes, one by one", "[train]") {
  // wall_time = 1 (0x3ff0...), step = 300 (varint ac 02), summary { value { tag "a", 0.5 } }.
  const std::string event =
      from_hex("09 00 00 00 00 00 00 f0 3f  10 ac 02  2a 0a  0a 08  0a 01 61  15 00 00 00 3f");
  CHECK(scalars_event(1, 300, {{"a", 0.5}}) == event);
  CHECK(version_event(1) == from_hex("09 00 00 00 00 00 00 f0 3f  1a 0d") + "brain.Event:2");
  CHECK(restart_event(1, 4) == from_hex("09 00 00 00 00 00 00 f0 3f  10 04  3a 02 08 01"));
  // 24 bytes between their length, its checksum (the twelve bytes that TensorFlow's own files begin
  // with) and theirs.
  CHECK(tf_record(event) ==
        from_hex("18 00 00 00 00 00 00 00  a3 7f 4b 22") + event + from_hex("48 e0 55 25"));
  CHECK(tf_record("").size() == 16);
}

TEST_CASE("TensorBoard's file has every figure of every epoch", "[train]") {
  const TempFolder folder;
  const double before = now();
  TensorBoardLog log(folder / "runs" / "one");
  const std::string long_tag(300, 't');  // its length takes two bytes
  for (int epoch = 1; epoch <= 3; ++epoch)
    log.add({epoch, {{"train/loss", 1.0 / epoch}, {"lr", std::nan("")}, {long_tag, -epoch}}});
  log.add({1 << 20, {}});
  const auto events = read_events(log.path());
  REQUIRE(events.size() == 5);
  CHECK(events[0].version == "brain.Event:2");
  CHECK(events[0].scalars.empty());
  for (int epoch = 1; epoch <= 3; ++epoch) {
    const Event& event = events[static_cast<std::size_t>(epoch)];
    CHECK(event.step == epoch);
    CHECK((event.wall_time >= before && event.wall_time <= now()));
    REQUIRE(event.scalars.size() == 3);
    CHECK(event.scalars[0] ==
          std::pair(std::string("train/loss"), 1.0f / static_cast<float>(epoch)));
    CHECK(event.scalars[1].first == "lr");
    CHECK(std::isnan(event.scalars[1].second));
    CHECK(event.scalars[2] == std::pair(long_tag, -static_cast<float>(epoch)));
  }
  CHECK(events[4].step == 1 << 20);
}

TEST_CASE("Event files are named as TensorBoard looks for them, each run's its own", "[train]") {
  const TempFolder folder;
  const TensorBoardLog one(folder.path), two(folder.path);
  CHECK(one.path() != two.path());
  char host[256] = {};
  REQUIRE(gethostname(host, sizeof host - 1) == 0);
  const std::string name = one.path().filename();
  REQUIRE(name.starts_with("events.out.tfevents."));
  CHECK(name.ends_with("." + std::string(host)));
  CHECK(std::abs(std::stod(name.substr(std::strlen("events.out.tfevents."))) - now()) < 60);
}

TEST_CASE("A resumed run's file makes void what earlier ones say on later epochs", "[train]") {
  const TempFolder folder;
  const TensorBoardLog log(folder.path, 3);
  const auto events = read_events(log.path());
  REQUIRE(events.size() == 2);
  CHECK(events[0].version == "brain.Event:2");
  CHECK(events[1].start);
  CHECK(events[1].step == 4);
}

TEST_CASE("A folder that cannot be made is an error", "[train]") {
  const TempFolder folder;
  write_file(folder / "file", std::string_view("x"), "test");
  CHECK_THROWS_WITH(TensorBoardLog(folder / "file" / "runs"), ContainsSubstring("cannot be made"));
  CHECK_THROWS_AS(TensorBoardLog(folder.path, -1), Error);
}
