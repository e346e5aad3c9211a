#include <sonant/core/ops/matmul.h>

#include <algorithm>

#include <sonant/core/kernels/gemm.h>
#include <sonant/core/ops/strided.h>

namespace sonant {
namespace {

using kernels::gemm;
using kernels::Transpose;

Transpose flag(bool transposed) { return transposed ? Transpose::yes : Transpose::no; }

// One shape of product, and where each batch's matrices begin.
struct Plan {
  std::int64_t m, n, k;
  bool ta, tb;
  Shape batch;
  Steps sy{}, sa{}, sb{};  // along the batch axes, in elements

  template <class Body>  // body(offset in y, in a, in b)
  void for_each(Body body) const {
    strided_loop<3>(batch, {sy, sa, sb}, [&](std::int64_t count, auto at, const auto& step) {
      for (std::int64_t i = 0; i < count; ++i) {
        body(at[0], at[1], at[2]);
        for (std::size_t o = 0; o < 3; ++o) at[o] += step[o];
      }
    });
  }
};

Steps batch_steps(const Shape& matrices, const Shape& batch, std::int64_t matrix_size) {
  Steps steps = broadcast_steps(matrices, batch);
  for (auto& step : steps) step *= matrix_size;
  return steps;
}

Plan make_plan(const Shape& a, const Shape& b, MatmulOptions options) {
  check(a.rank() >= 2 && b.rank() >= 2, "matmul", "expects a (...,M,K) and b (...,K,N), got ", a,
        " and ", b);
  Plan plan;
  plan.ta = options.transpose_a;
  plan.tb = options.transpose_b;
  plan.m = a.dim(plan.ta ? -1 : -2);
  plan.k = a.dim(plan.ta ? -2 : -1);
  plan.n = b.dim(plan.tb ? -2 : -1);
  check(plan.k == b.dim(plan.tb ? -1 : -2), "matmul", "inner extents differ: ", a,
        plan.ta ? " transposed" : "", " times ", b, plan.tb ? " transposed" : "");
  const Shape batch_a = a.removed(-1).removed(-1), batch_b = b.removed(-1).removed(-1);
  plan.batch = broadcast(batch_a, batch_b, "matmul");
  if (batch_b.size() == 1 && !plan.ta) {  // one b for every a: the rows of all a are one matrix
    plan.m *= batch_a.size();
    plan.batch = Shape{};
    return plan;
  }
  plan.sy = batch_steps(plan.batch, plan.batch, plan.m * plan.n);
  plan.sa = batch_steps(batch_a, plan.batch, plan.m * plan.k);
  plan.sb = batch_steps(batch_b, plan.batch, plan.k * plan.n);
  return plan;
}

Shape result_shape(const Shape& a, const Shape& b, MatmulOptions options) {
  const Shape batch = broadcast(a.removed(-1).removed(-1), b.removed(-1).removed(-1), "matmul");
  return batch.inserted(-1, a.dim(options.transpose_a ? -1 : -2))
      .inserted(-1, b.dim(options.transpose_b ? -2 : -1));
}

}  // namespace

template <Real T>
Var<T> matmul(Var<T> a, Var<T> b, MatmulOptions options) {
  const Plan plan = make_plan(a.shape(), b.shape(), options);
  auto y = Tensor<T>::uninitialized(result_shape(a.shape(), b.shape(), options));
  const std::int64_t m = plan.m, n = plan.n, k = plan.k;
  const std::int64_t lda = plan.ta ? m : k, ldb = plan.tb ? k : n;
  plan.for_each([&](std::int64_t at_y, std::int64_t at_a, std::int64_t at_b) {
    gemm(flag(plan.ta), flag(plan.tb), m, n, k, T(1), a.value().data() + at_a, lda,
         b.value().data() + at_b, ldb, T(0), y.data() + at_y, n);
  });
  return a.tape().record("matmul", {a, b}, std::move(y), [=](const Vjp<T>& v) {
    const T *pa = v.in(0).data(), *pb = v.in(1).data(), *dy = v.dout().data();
    T* da = v.wants(0) ? v.din(0).data() : nullptr;
    T* db = v.wants(1) ? v.din(1).data() : nullptr;
    plan.for_each([&](std::int64_t at_y, std::int64_t at_a, std::int64_t at_b) {
      // dA += dY op(B)^T as A is stored: for a transposed A that is op(B) dY^T. dB likewise.
      if (da != nullptr && !plan.ta)
        gemm(Transpose::no, flag(!plan.tb), m, k, n, T(1), dy + at_y, n, pb + at_b, ldb, T(1),
             da + at_a, lda);
      if (da != nullptr && plan.ta)
        gemm(flag(plan.tb), Transpose::yes, k, m, n, T(1), pb + at_b, ldb, dy + at_y, n, T(1),
             da + at_a, lda);
      if (db != nullptr && !plan.tb)
        gemm(flag(!plan.ta), Transpose::no, k, n, m, T(1), pa + at_a, lda, dy + at_y, n, T(1),
             db + at_b, ldb);
      if (db != nullptr && plan.tb)
        gemm(Transpose::yes, flag(plan.ta), n, k, m, T(1), dy + at_y, n, pa + at_a, lda, T(1),
             db + at_b, ldb);
    });
  });
}

namespace {

// Both forms of linear; `bias` is null in the one without.
template <Real T>
Var<T> record_linear(Var<T> x, Var<T> w, const Var<T>* bias) {
  check(w.rank() == 2, "linear", "expects the weight as (H,D), got ", w.shape());
  const std::int64_t out = w.dim(0), in = w.dim(1);
  check(x.rank() >= 1 && x.dim(-1) == in, "linear", "expects x (...,", in, ") for the weight ",
        w.shape(), ", got ", x.shape());
  check(bias == nullptr || bias->shape() == Shape{out}, "linear", "expects the bias as (", out,
        ") for the weight ", w.shape(), ", got ", bias == nullptr ? Shape{} : bias->shape());
  Shape shape = x.shape();
  shape.dim(-1) = out;
  const std::int64_t rows = x.shape().removed(-1).size();
  auto y = Tensor<T>::uninitialized(shape);
  if (bias != nullptr)
    for (std::int64_t r = 0; r < rows; ++r)
      std::copy_n(bias->value().data(), out, y.data() + r * out);
  gemm(Transpose::no, Transpose::yes, rows, out, in, T(1), x.value().data(), in, w.value().data(),
       in, T(bias != nullptr), y.data(), out);
  const bool has_bias = bias != nullptr;
  const auto vjp = [=](const Vjp<T>& v) {
    const T* dy = v.dout().data();
    if (v.wants(0))
      gemm(Transpose::no, Transpose::no, rows, in, out, T(1), dy, out, v.in(1).data(), in, T(1),
           v.din(0).data(), in);
    if (v.wants(1))
      gemm(Transpose::yes, Transpose::no, out, in, rows, T(1), dy, out, v.in(0).data(), in, T(1),
           v.din(1).data(), in);
    if (has_bias && v.wants(2)) {
      T* db = v.din(2).data();
      for (std::int64_t r = 0; r < rows; ++r)
        for (std::int64_t o = 0; o < out; ++o) db[o] += dy[r * out + o];
    }
  };
  if (bias == nullptr) return x.tape().record("linear", {x, w}, std::move(y), vjp);
  return x.tape().record("linear", {x, w, *bias}, std::move(y), vjp);
}

}  // namespace

template <Real T>
Var<T> linear(Var<T> x, Var<T> w) {
  return record_linear<T>(x, w, nullptr);
}

template <Real T>
Var<T> linear(Var<T> x, Var<T> w, Var<T> bias) {
  return record_linear(x, w, &bias);
}

template Var<float> matmul(Var<float>, Var<float>, MatmulOptions);
template Var<double> matmul(Var<double>, Var<double>, MatmulOptions);
template Var<float> linear(Var<float>, Var<float>);
template Var<double> linear(Var<double>, Var<double>);
template Var<float> linear(Var<float>, Var<float>, Var<float>);
template Var<double> linear(Var<double>, Var<double>, Var<double>);

}  // namespace sonant
