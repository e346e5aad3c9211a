#include <cmath>
#include <cstdlib>

#include <sonant/core/file.h>
#include <sonant/core/npz.h>
#include <sonant/core/random.h>

#include "support/catch.h"
#include "support/files.h"
#include "support/temp_folder.h"

using namespace sonant;

TEST_CASE("npz reads every dtype that NumPy writes") {
  const Npz npz = Npz::read(test::golden("numpy.npz"));
  for (const std::string name : {"i1", "i2", "i4", "i8", "f2", "f4", "f8"}) {
    const Tensor<double> values = npz.real(name);
    REQUIRE(values.shape() == Shape{3, 4});
    for (int k = 0; k < 12; ++k) CHECK(values[k] == k - 3);
  }
  for (const std::string name : {"u1", "u2", "u4", "u8"})
    for (int k = 0; k < 12; ++k) {
      CHECK(npz.real(name)[k] == std::abs(k - 3));
      CHECK(npz.integers(name)[static_cast<std::size_t>(k)] == std::abs(k - 3));
    }
  CHECK(npz.integers("i8") == std::vector<std::int64_t>{-3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8});
  CHECK(npz.integers("b1") == std::vector<std::int64_t>{0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1});
  CHECK(npz.real("scalar").shape() == Shape{});
  CHECK(npz.real("scalar").item() == 2.5);
  CHECK(npz.real("vector") == Tensor<double>({1}, {1.5}));
  CHECK(npz.shape("empty") == Shape{0, 46});
  CHECK(npz.real("empty").size() == 0);
  CHECK(npz.strings("strings") == std::vector<std::string>{"neutral", "", "Zürich €"});
  const Tensor<double> half = npz.real("half");
  CHECK(half[3] == -2.5);
  CHECK(half[4] == 65504);
  CHECK(half[6] == 0x1p-24);  // the smallest subnormal
  CHECK(std::isinf(half[7]));
  CHECK(std::signbit(half[1]));
}

TEST_CASE("npz gives Fortran-ordered arrays in C order") {
  const Tensor<double> values = Npz::read(test::golden("numpy.npz")).real("fortran");
  REQUIRE(values.shape() == Shape{2, 3, 4});
  for (int k = 0; k < 24; ++k) CHECK(values[k] == k);
}

TEST_CASE("npz names the file and the array it cannot use") {
  const Npz npz = Npz::read(test::golden("numpy.npz"));
  CHECK_THROWS_WITH(npz.real("absent"),
                    ContainsSubstring("numpy.npz") && ContainsSubstring("no array 'absent'"));
  CHECK_THROWS_WITH(npz.real("strings"),
                    ContainsSubstring("'strings'") && ContainsSubstring("expected numbers"));
  CHECK_THROWS_WITH(npz.real("big_endian"), ContainsSubstring("dtype >f8"));
  CHECK_THROWS_WITH(npz.integers("f4"), ContainsSubstring("expected integers, got dtype <f4"));
  CHECK_THROWS_WITH(npz.integers("largest_u8"), ContainsSubstring("18446744073709551615"));
  CHECK_THROWS_WITH(npz.strings("i4"), ContainsSubstring("expected strings"));
  CHECK_THROWS_WITH(Npz::read("/nonexistent/x.npz"),
                    ContainsSubstring("/nonexistent/x.npz: No such file"));
  CHECK_THROWS_WITH(Npz::read(test::golden("gen_numpy.py")),
                    ContainsSubstring("is not an .npz archive"));
  CHECK_THROWS_WITH(Npz::read(test::golden("numpy.npz"), 100),
                    ContainsSubstring("claims to unpack"));
}

TEST_CASE("npz round trip keeps names, shapes and bits, and is deterministic") {
  const TempFolder folder;
  Tensor<float> f({2, 3, 5});
  Tensor<double> d({7});
  Random(1).fill_normal(f.span(), 0.0f, 1.0f);
  Random(2).fill_normal(d.span(), 0.0, 1.0);
  const std::vector<std::int64_t> lengths{3, -1, std::int64_t{1} << 62};
  const std::vector<std::string> labels{"happy", "sad"};
  Npz npz;
  npz.add("grad/lstm1.weight", f);
  npz.add("d", d);
  npz.add("s", Tensor<double>::scalar(0.1));
  npz.add("lengths", {3}, lengths);
  npz.add("labels", labels);
  CHECK_THROWS_WITH(npz.add("d", d), ContainsSubstring("is there twice"));
  npz.write(folder / "a.npz");

  const Npz back = Npz::read(folder / "a.npz");
  CHECK(back.names() ==
        std::vector<std::string>{"grad/lstm1.weight", "d", "s", "lengths", "labels"});
  CHECK(back.real("grad/lstm1.weight").to<float>() == f);
  CHECK(back.real("d") == d);
  CHECK(back.real("s") == Tensor<double>::scalar(0.1));
  CHECK(back.integers("lengths") == lengths);
  CHECK(back.strings("labels") == labels);
  CHECK(npz.bytes() == npz.bytes());
  CHECK(read_file(folder / "a.npz", "test") == npz.bytes());
  CHECK_THROWS_WITH(npz.write("/nonexistent/x.npz"), ContainsSubstring("/nonexistent/x.npz"));
  CHECK_THROWS_WITH(Npz().bytes(), ContainsSubstring("at least one array"));
}

TEST_CASE("NumPy reads what npz writes") {
  const std::string python = test::python_with("numpy");
  if (python.empty()) return;
  const TempFolder folder;
  Npz npz;
  npz.add("features", Tensor<float>({2, 2}, {1.5f, -2, 0, 4}));
  npz.add("mean", Tensor<double>::scalar(0.1));
  npz.add("labels", std::vector<std::string>{"happy", "sad"});
  npz.write(folder / "a.npz");
  const std::string script =
      "import numpy, sys; z = numpy.load(sys.argv[1]); "
      "assert z[\"features\"].dtype == numpy.float32; "
      "assert z[\"features\"].tolist() == [[1.5, -2, 0, 4][:2], [0, 4]]; "
      "assert z[\"mean\"] == 0.1 and z[\"mean\"].shape == (); "
      "assert z[\"labels\"].tolist() == [\"happy\", \"sad\"]";
  CHECK(std::system((python + " -c '" + script + "' " + test::quoted(folder / "a.npz")).c_str()) ==
        0);
}

TEST_CASE("a damaged npz is an Error, whatever byte is hit") {
  Npz npz;
  npz.add("x", Tensor<float>({2, 3}, {1, 2, 3, 4, 5, 6}));
  npz.add("names", std::vector<std::string>{"a", "b"});
  const std::vector<std::byte> good = npz.bytes();
  int errors = 0, survived = 0;
  const auto attempt = [&](const std::vector<std::byte>& bytes) {
    try {
      const Npz damaged = Npz::parse(bytes, "damaged.npz");
      for (const std::string& name : damaged.names())
        if (name == "x") damaged.real(name);
      ++survived;
    } catch (const Error&) {
      ++errors;
    }
  };
  for (std::size_t n = 0; n < good.size(); ++n)
    attempt({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(n)});
  CHECK(survived == 0);  // the directory is at the end, so every cut is noticed
  const Random random(3);
  for (std::size_t k = 0; k < 4 * good.size(); ++k) {
    std::vector<std::byte> bytes = good;
    bytes[k % good.size()] ^= static_cast<std::byte>(1 + random.bits(k) % 255);
    attempt(bytes);
  }
  CHECK(errors > 0);
}
