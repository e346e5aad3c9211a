// The readers of foreign files on arbitrary bytes: whatever comes, they return or throw Error. With
// libFuzzer, from the root of the repository:
//
//   clang++-16 -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -Ibuild/dev/include
//     tests/nn/fuzz_readers.cpp nn/safetensors.cpp
//     core/{error,file,npy,npz,pool,shape,tensor,text}.cpp -lzip
//
// test_readers.cpp runs it on damaged copies of good files.
#include <cstddef>
#include <cstdint>
#include <span>

#include <sonant/core/npz.h>
#include <sonant/nn/safetensors.h>

// The first byte chooses the format.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto bytes = std::as_bytes(std::span(data, size)).subspan(1);
  constexpr std::uint64_t max_bytes = 1 << 22;
  try {
    if (data[0] % 2 == 0) {
      const auto npz = sonant::Npz::parse(bytes, "fuzz", max_bytes);
      for (const std::string& name : npz.names()) {
        try {
          npz.real(name);
        } catch (const sonant::Error&) {
          npz.strings(name);
        }
      }
    } else {
      const auto file = sonant::Safetensors::parse(bytes, "fuzz");
      for (const std::string& name : file.names()) file.tensor<double>(name);
    }
  } catch (const sonant::Error&) {  // the one answer to bad bytes
  }
  return 0;
}
