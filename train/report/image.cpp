#include <sonant/train/report/image.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

namespace sonant::report {
namespace {

// 0xRRGGBB at equal distances; viridis (matplotlib), RdBu and Blues (ColorBrewer).
constexpr std::uint32_t kViridis[] = {0x440154, 0x482878, 0x3e4989, 0x31688e, 0x26828e,
                                      0x1f9e89, 0x35b779, 0x6ece58, 0xb5de2b, 0xfde725};
constexpr std::uint32_t kRedBlue[] = {0x2166ac, 0x4393c3, 0x92c5de, 0xd1e5f0, 0xf7f7f7,
                                      0xfddbc7, 0xf4a582, 0xd6604d, 0xb2182b};
constexpr std::uint32_t kBlues[] = {0xf7fbff, 0xdeebf7, 0xc6dbef, 0x9ecae1, 0x6baed6,
                                    0x4292c6, 0x2171b5, 0x08519c, 0x08306b};

std::span<const std::uint32_t> anchors(Palette palette) {
  switch (palette) {
    case Palette::sequential:
      return kViridis;
    case Palette::diverging:
      return kRedBlue;
    case Palette::share:
      break;
  }
  return kBlues;
}

// Colour k of 256: blue, green, red, 0, as a .bmp wants it.
std::array<std::uint8_t, 4> colour(std::span<const std::uint32_t> stops, int k) {
  const double position = k / 255.0 * static_cast<double>(stops.size() - 1);
  const std::size_t left = std::min(static_cast<std::size_t>(position), stops.size() - 2);
  const double share = position - static_cast<double>(left);
  std::array<std::uint8_t, 4> bgr{};
  for (unsigned channel = 0; channel < 3; ++channel) {
    const double a = (stops[left] >> (8 * channel)) & 255u;
    const double b = (stops[left + 1] >> (8 * channel)) & 255u;
    bgr[channel] = static_cast<std::uint8_t>(std::lround(a + share * (b - a)));
  }
  return bgr;
}

class Bytes {
 public:
  void u8(std::uint8_t v) { bytes_.push_back(std::byte{v}); }
  void u16(std::uint32_t v) {
    u8(static_cast<std::uint8_t>(v)), u8(static_cast<std::uint8_t>(v >> 8));
  }
  void u32(std::uint32_t v) { u16(v), u16(v >> 16); }
  const std::vector<std::byte>& all() const { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

}  // namespace

std::string base64(std::span<const std::byte> bytes) {
  constexpr const char* digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t n = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t word = 0;
    for (std::size_t k = 0; k < 3; ++k)
      word = word << 8 | (k < n ? std::to_integer<std::uint32_t>(bytes[i + k]) : 0u);
    for (std::size_t k = 0; k < 4; ++k) out += k <= n ? digits[word >> (18 - 6 * k) & 63u] : '=';
  }
  return out;
}

std::string heat_map_uri(const Tensor<float>& x, double low, double high, Palette palette) {
  check(x.rank() == 2 && !x.empty() && low < high, "heat_map_uri",
        "expects (T,R) and low < high, got ", x.shape(), ", ", low, " and ", high);
  const auto width = static_cast<std::uint32_t>(x.dim(0)),
             rows = static_cast<std::uint32_t>(x.dim(1));
  const std::uint32_t stride = (width + 3) / 4 * 4, header = 14 + 40 + 4 * 256;
  Bytes bmp;
  bmp.u8('B'), bmp.u8('M'), bmp.u32(header + stride * rows), bmp.u32(0), bmp.u32(header);
  bmp.u32(40), bmp.u32(width), bmp.u32(rows);  // a positive height: rows from the bottom up
  bmp.u16(1), bmp.u16(8);                      // planes, bits per pixel
  for (std::uint32_t field : {0u, stride * rows, 2835u, 2835u, 256u, 0u}) bmp.u32(field);
  for (int k = 0; k < 256; ++k)
    for (std::uint8_t part : colour(anchors(palette), k)) bmp.u8(part);
  for (std::uint32_t r = 0; r < rows; ++r) {
    for (std::uint32_t t = 0; t < stride; ++t) {
      const double v = t < width ? double{x[std::int64_t{t} * rows + r]} : low;
      const double share = std::isnan(v) ? 0 : std::clamp((v - low) / (high - low), 0.0, 1.0);
      bmp.u8(static_cast<std::uint8_t>(std::lround(255 * share)));
    }
  }
  return "data:image/bmp;base64," + base64(bmp.all());
}

const char* css_class(Palette palette) {
  switch (palette) {
    case Palette::sequential:
      return "sequential";
    case Palette::diverging:
      return "diverging";
    case Palette::share:
      break;
  }
  return "share";
}

}  // namespace sonant::report
