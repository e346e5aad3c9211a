#include <sonant/nn/safetensors.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <tuple>

#include <sonant/core/file.h>
#include <sonant/core/random.h>

#include "support/catch.h"
#include "support/files.h"
#include "support/temp_folder.h"

using namespace sonant;

namespace {

// A file from its JSON header and data.
std::vector<std::byte> file_bytes(const std::string& header, std::size_t data_bytes) {
  std::vector<std::byte> out(8 + header.size() + data_bytes);
  const std::uint64_t length = header.size();
  std::memcpy(out.data(), &length, 8);
  std::memcpy(out.data() + 8, header.data(), header.size());
  return out;
}

std::string error_of(const std::vector<std::byte>& bytes) {
  try {
    Safetensors::parse(bytes, "m.safetensors");
  } catch (const Error& e) {
    CHECK(std::string(e.what()).find('\n') == std::string::npos);
    return e.what();
  }
  return "no error";
}
std::string error_of(const std::string& header, std::size_t data_bytes = 0) {
  return error_of(file_bytes(header, data_bytes));
}

}  // namespace

TEST_CASE("safetensors round trip keeps every bit, and is deterministic") {
  const TempFolder folder;
  Safetensors file;
  Tensor<float> f({2, 3});
  Tensor<double> d({5});
  Random(1).fill_normal(f.span(), 0.0f, 1e-30f);
  Random(2).fill_normal(d.span(), 0.0, 1.0);
  f[1] = -0.0f;
  f[2] = INFINITY;
  file.add("lstm1.weight", f);
  file.add("a", d);
  file.add("bn.num_batches_tracked", {}, std::vector<std::int64_t>{std::int64_t{1} << 60});
  file.add("empty", Tensor<float>({0, 4}));
  file.metadata = {{"classes", "[\"happy\", \"sad\"]"}, {"note", "Zürich \n \" \\"}};
  CHECK_THROWS_WITH(file.add("a", d), ContainsSubstring("'a' is taken"));
  CHECK_THROWS_AS(file.add("__metadata__", d), Error);
  file.write(folder / "m.safetensors");

  const Safetensors back = Safetensors::read(folder / "m.safetensors");
  CHECK(back.names() ==
        std::vector<std::string>{"a", "bn.num_batches_tracked", "empty", "lstm1.weight"});
  const Tensor<float> g = back.tensor<float>("lstm1.weight");
  CHECK(g.shape() == f.shape());
  CHECK(std::memcmp(g.data(), f.data(), 24) == 0);
  CHECK(back.tensor<double>("a") == d);
  CHECK(back.tensor<float>("a") == d.to<float>());
  CHECK(back.integers("bn.num_batches_tracked").at(0) == std::int64_t{1} << 60);
  CHECK(back.shape("bn.num_batches_tracked") == Shape{});
  CHECK(back.shape("empty") == Shape{0, 4});
  CHECK(back.metadata == file.metadata);
  CHECK(back.bytes() == file.bytes());
  CHECK(read_file(folder / "m.safetensors", "test") == file.bytes());
  CHECK_THROWS_WITH(back.tensor<float>("b"), ContainsSubstring("m.safetensors: has no tensor 'b'"));
  CHECK_THROWS_WITH(back.integers("a"), ContainsSubstring("expected integers, got dtype F64"));
}

TEST_CASE("safetensors follows the format to the byte") {
  Safetensors file;
  file.add("b", Tensor<float>({1}, {1.0f}));
  file.add("a", Tensor<float>({2}, {2.0f, 3.0f}));
  file.add("c", Tensor<double>({1}, {4.0}));
  const std::vector<std::byte> bytes = file.bytes();
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  CHECK(length % 8 == 0);
  const std::string header(reinterpret_cast<const char*>(bytes.data()) + 8, length);
  CHECK(header.substr(0, header.find_last_not_of(' ') + 1) ==
        R"({"c":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},)"
        R"("a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]},)"
        R"("b":{"dtype":"F32","shape":[1],"data_offsets":[16,20]}})");
  CHECK(bytes.size() == 8 + length + 20);
}

TEST_CASE("safetensors converts the dtypes that others write") {
  // 1.5 in half and bfloat16, then -2 in the integers, then true.
  std::vector<std::byte> bytes =
      file_bytes(R"({"h":{"dtype":"F16","shape":[1],"data_offsets":[0,2]},)"
                 R"("b":{"dtype":"BF16","shape":[1],"data_offsets":[2,4]},)"
                 R"("i":{"dtype":"I32","shape":[1],"data_offsets":[4,8]},)"
                 R"("s":{"dtype":"I8","shape":[],"data_offsets":[8,9]},)"
                 R"("t":{"dtype":"BOOL","shape":[1],"data_offsets":[9,10]}})"
                 "   ",
                 10);
  const unsigned char data[10] = {0x00, 0x3e, 0xc0, 0x3f, 0xfe, 0xff, 0xff, 0xff, 0xfe, 1};
  std::memcpy(bytes.data() + bytes.size() - 10, data, 10);
  const Safetensors file = Safetensors::parse(bytes, "m");
  CHECK(file.tensor<float>("h").item() == 1.5f);
  CHECK(file.tensor<double>("b").item() == 1.5);
  CHECK(file.tensor<float>("i").item() == -2);
  CHECK(file.integers("s").at(0) == -2);
  CHECK(file.integers("t").at(0) == 1);
}

TEST_CASE("safetensors gives integers of every integer dtype, and of no other") {
  // The bytes are all 0xfe: negative where there is a sign.
  const auto file = [](const std::string& dtype, std::size_t size) {
    auto bytes = file_bytes(R"({"n":{"dtype":")" + dtype + R"(","shape":[1],"data_offsets":[0,)" +
                                std::to_string(size) + "]}}",
                            size);
    std::fill(bytes.end() - static_cast<std::ptrdiff_t>(size), bytes.end(), std::byte{0xfe});
    return Safetensors::parse(bytes, "m.safetensors");
  };
  const std::tuple<const char*, std::size_t, std::int64_t> integers[] = {
      {"I8", 1, -2},           {"U8", 1, 254},
      {"BOOL", 1, 254},        {"I16", 2, -258},
      {"U16", 2, 65278},       {"I32", 4, -16843010},
      {"U32", 4, 4278124286u}, {"I64", 8, -72340172838076674}};
  for (const auto& [dtype, size, value] : integers) {
    INFO(dtype);
    CHECK(file(dtype, size).integers("n") == std::vector<std::int64_t>{value});
    CHECK(file(dtype, size).tensor<double>("n").item() == static_cast<double>(value));
  }
  for (const auto& [dtype, size] :
       {std::pair<const char*, std::size_t>{"F16", 2}, {"BF16", 2}, {"F32", 4}, {"F64", 8}})
    CHECK_THROWS_WITH(file(dtype, size).integers("n"),
                      ContainsSubstring(std::string("expected integers, got dtype ") + dtype));
  // Half of its values are beyond a signed number: 0xfefe... would come out negative.
  CHECK_THROWS_WITH(file("U64", 8).integers("n"),
                    ContainsSubstring("m.safetensors: tensor 'n'") && ContainsSubstring("U64"));
  CHECK(file("U64", 8).tensor<double>("n").item() == 0xfefefefefefefefep0);
}

TEST_CASE("a damaged safetensors header is told by name") {
  const auto tensor = [](const std::string& offsets, const std::string& shape = "[2]",
                         const std::string& dtype = "F32") {
    return R"({"w":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" +
           offsets + "}}";
  };
  CHECK(error_of(tensor("[0,8]"), 8) == "no error");
  CHECK_THAT(error_of(tensor("[0,8]"), 7), ContainsSubstring("is truncated, tensor 'w'"));
  CHECK_THAT(error_of(tensor("[0,8]"), 9), ContainsSubstring("1 byte after the last tensor"));
  CHECK_THAT(error_of(tensor("[4,12]"), 12), ContainsSubstring("a gap or an overlap"));
  CHECK_THAT(error_of(tensor("[0,4]"), 4), ContainsSubstring("the shape does not fit 4 bytes"));
  CHECK_THAT(error_of(tensor("[8,0]"), 8), ContainsSubstring("[begin, end]"));
  CHECK_THAT(error_of(tensor("[-8,0]"), 8), ContainsSubstring("expected a size"));
  CHECK_THAT(error_of(tensor("[0,8.0]"), 8), ContainsSubstring("expected a size"));
  CHECK_THAT(error_of(tensor("[0,8]", "[2,1,1,1,1,1,1]"), 8), ContainsSubstring("at most 6 axes"));
  CHECK_THAT(error_of(tensor("[0,0]", "[4611686018427387904,4]"), 0),
             ContainsSubstring("the shape does not fit"));
  CHECK_THAT(error_of(tensor("[0,0]", "[0,4611686018427387904,4611686018427387904]"), 0),
             ContainsSubstring("the shape does not fit"));
  CHECK_THAT(error_of(tensor("[0,8]", "[2]", "F8_E4M3"), 8),
             ContainsSubstring("tensor 'w': dtype F8_E4M3 is not supported"));
  CHECK_THAT(error_of(R"({"w":{"dtype":"F32"}})"), ContainsSubstring("expected dtype, shape"));
  CHECK_THAT(error_of(R"({"a":{},"a":{}})"), ContainsSubstring("'a' comes twice"));
  CHECK_THAT(error_of(R"({"__metadata__":{"a":1}})"), ContainsSubstring("must be a string"));
  CHECK_THAT(error_of(R"({"__metadata__":[]})"), ContainsSubstring("must be an object"));
  CHECK_THAT(error_of("[]"), ContainsSubstring("the header is no object"));
  CHECK_THAT(error_of("{\"\x01\n"), ContainsSubstring("not valid JSON"));
  CHECK_THAT(error_of("{\"a\":" + std::string(100000, '[')), ContainsSubstring("too deeply"));
  CHECK_THAT(error_of(std::vector<std::byte>(7)), ContainsSubstring("has only 7 bytes"));
  std::vector<std::byte> huge(16, std::byte{0xff});
  CHECK_THAT(error_of(huge), ContainsSubstring("its header would have 18446744073709551615"));
  CHECK_THROWS_WITH(Safetensors::read("/nonexistent.safetensors"),
                    ContainsSubstring("/nonexistent.safetensors: No such file"));
}

TEST_CASE("overlapping tensors are refused") {
  CHECK_THAT(error_of(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                      R"("b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})",
                      12),
             ContainsSubstring("a gap or an overlap before tensor 'b'"));
}

TEST_CASE("NumPy reads a safetensors file by the published format") {
  const std::string python = test::python_with("numpy");
  if (python.empty()) return;
  const TempFolder folder;
  Safetensors file;
  file.add("w", Tensor<float>({2, 2}, {1.5f, -2, 0, 4}));
  file.add("n", {}, std::vector<std::int64_t>{7});
  file.metadata["format"] = "pt";
  file.write(folder / "m.safetensors");
  const std::string command =
      python + " " + test::quoted(test::test_dir() / "support/check_safetensors.py") + " " +
      test::quoted(folder / "m.safetensors") + " > " + test::quoted(folder / "out");
  REQUIRE(std::system(command.c_str()) == 0);
  const auto out = read_file(folder / "out", "test");
  CHECK(std::string(reinterpret_cast<const char*>(out.data()), out.size()) ==
        "__metadata__ {\"format\": \"pt\"}\n"
        "n I64 [] 7\n"
        "w F32 [2, 2] [[1.5, -2.0], [0.0, 4.0]]\n");
}
