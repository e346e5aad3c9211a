// Whether a value is still where somebody holds a pointer to it.
#pragma once

#include <atomic>
#include <memory>

namespace sonant {

// A member of a value that may be pointed to, and copies and moves with it. The place stays with
// the object: a copy is another object at another place, and what is moved from, or destroyed, is
// gone from its place.
class Anchor {
 public:
  struct Place {
    std::atomic<bool> copy_in_use{false};  // by use() of a copy
  };

  Anchor() = default;
  Anchor(const Anchor& other) : origin_(other.place_ ? other.place_ : other.origin_.lock()) {}
  Anchor(Anchor&& other) noexcept { take(other); }
  Anchor& operator=(const Anchor&) { return *this; }
  Anchor& operator=(Anchor&& other) noexcept {
    if (this != &other) take(other);
    return *this;
  }

  // Expires when the object leaves its place.
  std::weak_ptr<Place> watch() {
    if (!place_) place_ = std::make_shared<Place>();
    return place_;
  }
  // Tells who watches the original, if this is a copy of it.
  void use() const {
    if (const auto origin = origin_.lock()) origin->copy_in_use = true;
  }

 private:
  void take(Anchor& other) noexcept {
    if (!place_) origin_ = other.origin_;
    other.place_.reset();
  }
  std::shared_ptr<Place> place_;  // made when somebody watches
  std::weak_ptr<Place> origin_;
};

}  // namespace sonant
