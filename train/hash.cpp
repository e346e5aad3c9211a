#include <sonant/train/hash.h>

#include <xxhash.h>

#include <array>
#include <cstdint>
#include <cstdio>

namespace sonant {

struct Hash::State {
  struct Free {
    void operator()(XXH3_state_t* p) const { XXH3_freeState(p); }
  };
  std::unique_ptr<XXH3_state_t, Free> xxh{XXH3_createState()};
};

Hash::Hash() : state_(std::make_unique<State>()) {
  if (!state_->xxh) throw std::bad_alloc();
  XXH3_128bits_reset(state_->xxh.get());
}

Hash::~Hash() = default;

void Hash::add(std::span<const std::byte> bytes) {
  XXH3_128bits_update(state_->xxh.get(), bytes.data(), bytes.size());
}

void Hash::add(std::string_view text) {
  add(static_cast<std::uint64_t>(text.size()));
  add(std::as_bytes(std::span(text.data(), text.size())));
}

std::string Hash::hex() const {
  const XXH128_hash_t digest = XXH3_128bits_digest(state_->xxh.get());
  std::array<char, 33> text{};
  std::snprintf(text.data(), text.size(), "%016llx%016llx",
                static_cast<unsigned long long>(digest.high64),
                static_cast<unsigned long long>(digest.low64));
  return text.data();
}

}  // namespace sonant
