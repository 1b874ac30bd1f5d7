// Lets a torch without CUDA trace work on the device `cuda`: one device, one stream, no memory. Loaded before torch.
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>

namespace {

constexpr auto CUDA = c10::DeviceType::CUDA;

// What the engine of autograd asks before it gives a device a thread.
struct Hooks : at::CUDAHooksInterface {
  explicit Hooks(at::CUDAHooksArgs) {}
  bool isBuilt() const override { return true; }
  bool hasPrimaryContext(c10::DeviceIndex) const override { return false; }
};

// Tensors and streams have the device 0, not -1: streams of different devices would wait for each other by events.
struct Guard : c10::impl::NoOpDeviceGuardImpl<CUDA> {
  static c10::Device device() { return {CUDA, 0}; }
  static c10::Stream stream() { return c10::Stream(c10::Stream::DEFAULT, device()); }
  c10::Device exchangeDevice(c10::Device) const override { return device(); }
  c10::Device getDevice() const override { return device(); }
  c10::Stream getStream(c10::Device) const noexcept override { return stream(); }
  c10::Stream exchangeStream(c10::Stream) const noexcept override { return stream(); }
};

}  // namespace

namespace at {
C10_REGISTER_CLASS(CUDAHooksRegistry, CUDAHooks, Hooks)
}

// False if torch has read its registry before.
extern "C" int register_cuda() {
  static Guard guard;
  c10::impl::registerDeviceGuard(CUDA, &guard);
  return at::detail::getCUDAHooks().isBuilt();
}
