// What ops and layers handle: trainable parameters, values on a tape, and the view of an operation
// that its derivative gets.
#pragma once

#include <cstdint>

#include <sonant/core/anchor.h>
#include <sonant/core/tensor.h>

namespace sonant {

// A trainable tensor, owned by a module; its gradient outlives every tape.
template <Real T>
struct Parameter {
  Tensor<T> value;
  Tensor<T> grad;  // empty until the first backward(), then value's shape
  Anchor anchor;   // for optimizers, which hold pointers

  Parameter() = default;
  Parameter(Tensor<T> v) : value(std::move(v)) {}
  void zero_grad() { grad.fill(T(0)); }
};

template <Real T>
class Tape;
template <Real T>
class Vjp;

// One value on a tape: a light handle (copying it copies no numbers), valid until the tape is
// cleared.
template <Real T>
class Var {
 public:
  Var() = default;
  bool empty() const { return tape_ == nullptr; }  // not computed yet
  Tape<T>& tape() const {
    check(tape_ != nullptr, "Var", "is empty: it was never computed");
    return *tape_;
  }
  const Tensor<T>& value() const { return tape().value(*this); }
  const Shape& shape() const { return value().shape(); }
  int rank() const { return shape().rank(); }
  std::int64_t dim(int axis) const { return shape().dim(axis); }
  T item() const { return value().item(); }  // the only element
  // The gradient after backward(), of what tape.variable() made and of what tape.keep() was told to
  // keep; zeros if the root did not depend on it. Error for any other value.
  const Tensor<T>& grad() const { return tape().grad(*this); }
  bool needs_grad() const { return tape().needs_grad(*this); }
  // d this / d everything; this must have one element.
  void backward() const { tape().backward(*this); }

 private:
  friend class Tape<T>;
  Var(Tape<T>* tape, std::uint32_t id, std::uint32_t generation)
      : tape_(tape), id_(id), generation_(generation) {}
  Tape<T>* tape_ = nullptr;
  std::uint32_t id_ = 0, generation_ = 0;
};

// Its numbers, as those of a tensor.
template <Real T>
std::ostream& operator<<(std::ostream& out, const Var<T>& v) {
  if (v.empty()) return out << "(never computed)";
  return out << v.value();
}

// What a derivative may ask for. It must ADD to din(i), never overwrite it.
template <Real T>
class Vjp {
 public:
  const Tensor<T>& in(int i = 0) const;    // value of input i
  const Tensor<T>& out(int k = 0) const;   // value of output k
  const Tensor<T>& dout(int k = 0) const;  // gradient of output k; zeros if nothing used it
  bool has_dout(int k = 0) const;          // false: dout(k) is all zeros and was never touched
  bool wants(int i = 0) const;             // false: nobody asks for din(i), leave it out
  Tensor<T>& din(int i = 0) const;         // accumulator, shaped as input i

 private:
  friend class Tape<T>;
  Vjp(Tape<T>& tape, std::size_t node) : tape_(tape), node_(node) {}
  Tape<T>& tape_;
  std::size_t node_;
};

}  // namespace sonant
