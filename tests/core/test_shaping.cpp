#include <sonant/core/ops/shaping.h>

#include "support/golden.h"

using namespace sonant;
using namespace sonant::test;

TEST_CASE("shaping: values and gradients are PyTorch's", "[core][ops]") {
  const std::vector<int> rows = {2, 0, 2, 3, 2};
  check_golden("reshape", [](auto&, const auto& x) { return reshape(x[0], {4, -1}); });
  check_golden("permute", [](auto&, const auto& x) { return permute(x[0], {2, 0, -2}); });
  check_golden("transpose", [](auto&, const auto& x) { return transpose(x[0], 0, 2); });
  check_golden("concat", [](auto&, const auto& x) { return concat({x[0], x[1], x[2]}, -2); });
  check_golden("slice", [](auto&, const auto& x) { return slice(x[0], 1, 1, 3); });
  check_golden("gather", [=](auto&, const auto& x) { return gather(x[0], 1, rows); });
  check_golden("pad", [](auto&, const auto& x) { return pad(x[0], 1, 2, 1, -1.5); });
}

TEST_CASE("shaping: derivatives equal finite differences", "[core][ops]") {
  const auto x = normal({2, 4, 3}, 2);
  const std::vector<int> rows = {1, 1, 0};
  check_gradients([](auto&, const Vars& v) { return reshape(v[0], {-1, 2}); }, {x});
  check_gradients([](auto&, const Vars& v) { return transpose(v[0]); }, {x});
  for (const std::vector<int>& axes : std::vector<std::vector<int>>{
           {0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}})
    check_gradients([=](auto&, const Vars& v) { return permute(v[0], axes); }, {x});
  for (int axis : {0, 1, 2}) {
    check_gradients(
        [=](auto&, const Vars& v) {
          return concat({v[0], v[1], v[0]}, axis);
        },
        {x, normal({2, 4, 3}, 3)});
    check_gradients([=](auto&, const Vars& v) { return slice(v[0], axis, 1, 2); }, {x});
    check_gradients([=](auto&, const Vars& v) { return gather(v[0], axis, rows); }, {x});
    check_gradients([=](auto&, const Vars& v) { return pad(v[0], axis, 1, 3); }, {x});
  }
  const std::vector<int> lengths = {2, 4, 1};
  const Layout layout = make_layout(lengths);
  check_gradients(
      [=](auto&, const Vars& v) {
        return unpack(Packed<double>{v[0], layout});
      },
      {normal({7, 3}, 2)});
  check_gradients([=](auto&, const Vars& v) { return pack(v[0], layout).data; },
                  {normal({3, 4, 2}, 2)});
}

TEST_CASE("shaping: what is put together comes apart again", "[core][ops]") {
  Tape<float> tape;
  const auto a = tape.constant(normal<float>({2, 3}, 2)),
             b = tape.constant(normal<float>({2, 5}, 3));
  const auto both = concat({a, b}, 1);
  CHECK(slice(both, 1, 0, 3).value() == a.value());
  CHECK(slice(both, 1, 3, 8).value() == b.value());
  CHECK(slice(pad(a, 0, 2, 1), 0, 2, 4).value() == a.value());
  CHECK(transpose(transpose(a)).value() == a.value());
  CHECK(permute(permute(reshape(both, {2, 2, 4}), {2, 0, 1}), {1, 2, 0}).value() ==
        reshape(both, {2, 2, 4}).value());
  const std::vector<int> lengths = {1, 3};
  const Layout layout = make_layout(lengths);
  const Packed<float> packed{tape.constant(normal<float>({4, 2}, 4)), layout};
  CHECK(pack(unpack(packed, 9), layout).data.value() == packed.data.value());
  CHECK(unpack(packed, 9).value()(0, 2, 1) == 9);  // the caller's first sequence has one step
}

TEST_CASE("shaping: empty axes and empty results", "[core][ops]") {
  Tape<float> tape;
  const auto x = tape.variable(normal<float>({2, 3}));
  CHECK(slice(x, 1, 2, 2).shape() == Shape({2, 0}));
  CHECK(gather(x, 0, std::span<const int>()).shape() == Shape({0, 3}));
  CHECK(transpose(slice(x, 1, 2, 2)).shape() == Shape({0, 2}));
  CHECK(concat({x}, 0).value() == x.value());
  CHECK(reshape(slice(x, 0, 0, 0), {0, 5}).shape() == Shape({0, 5}));
  CHECK(pad(slice(x, 0, 0, 0), 0, 1, 1, 4).value() == Tensor<float>({2, 3}, 4.0f));
}

TEST_CASE("shaping: wrong arguments are named", "[core][ops]") {
  Tape<float> tape;
  const auto x = tape.constant(Tensor<float>({2, 3})), y = tape.constant(Tensor<float>({3, 3}));
  const std::vector<int> rows = {0, 3}, lengths = {1, 2};
  CHECK_THROWS_WITH(reshape(x, {4, -1}), "[reshape] 6 elements do not divide by 4");
  CHECK_THROWS_WITH(reshape(x, {7}), "[reshape] 6 elements do not fit in (7)");
  CHECK_THROWS_WITH(permute(x, {0}), "[permute] expects 2 axes for (2,3), got 1");
  CHECK_THROWS_WITH(permute(x, {0, -2}), "[permute] axis -2 is named twice");
  CHECK_THROWS_WITH(transpose(x, 0, 2), "[transpose] axis 2 does not exist in (2,3)");
  CHECK_THROWS_WITH(concat({x, y}, 1), "[concat] along axis 1, (3,3) does not fit (2,3)");
  CHECK_THROWS_WITH(concat(std::vector<Var<float>>(), 0), "[concat] expects at least one part");
  CHECK_THROWS_WITH(slice(x, 1, 2, 4), "[slice] [2,4) is not within axis 1 of (2,3)");
  CHECK_THROWS_WITH(slice(x, 1, 2, 1), "[slice] [2,1) is not within axis 1 of (2,3)");
  CHECK_THROWS_WITH(gather(x, 1, rows), "[gather] index 3 is not within axis 1 of (2,3)");
  CHECK_THROWS_WITH(pad(x, 0, -1, 0), "[pad] expects widths >= 0, got -1 and 0");
  CHECK_THROWS_WITH(pack(x, make_layout(lengths)), "[pack] expects (2,2,D), got (2,3)");
  CHECK_THROWS_WITH(unpack(Packed<float>{x, make_layout(lengths)}),
                    "[unpack] expects (3,D), got (2,3)");
  CHECK_THROWS_WITH(unpack(Packed<float>{x, nullptr}), ContainsSubstring("[unpack]"));
}
