// A short sound says yes or no to a scan. The choice to be quiet stays with this device.
let context = null;

export function isMuted() {
  try {
    return localStorage.getItem("sounds") === "off";
  } catch {
    return false;
  }
}

function tone(frequency, start, length, shape) {
  const oscillator = context.createOscillator();
  const gain = context.createGain();
  oscillator.type = shape;
  oscillator.frequency.value = frequency;
  gain.gain.setValueAtTime(0.0001, start);
  gain.gain.exponentialRampToValueAtTime(0.12, start + 0.008);
  gain.gain.exponentialRampToValueAtTime(0.0001, start + length);
  oscillator.connect(gain).connect(context.destination);
  oscillator.start(start);
  oscillator.stop(start + length);
}

function play(tones) {
  if (isMuted() || !window.AudioContext) return;
  context ??= new AudioContext();
  if (context.state === "suspended") context.resume().catch(() => {}); // browsers wait for the first key or click
  tones.forEach(([frequency, after, length, shape]) => tone(frequency, context.currentTime + after, length, shape));
}

/** One high, short sound: taken. */
export function yes() {
  play([[1320, 0, 0.09, "sine"]]);
}

/** Two low sounds: refused, look at the screen. */
export function no() {
  play([[220, 0, 0.14, "square"], [175, 0.17, 0.2, "square"]]);
}

function label(button) {
  const muted = isMuted();
  button.setAttribute("aria-pressed", String(!muted));
  button.querySelectorAll("[data-when]").forEach((icon) => {
    icon.toggleAttribute("hidden", (icon.dataset.when === "muted") !== muted);
  });
}

document.querySelectorAll("[data-action='sounds']").forEach((button) => {
  label(button);
  button.addEventListener("click", () => {
    try {
      localStorage.setItem("sounds", isMuted() ? "on" : "off");
    } catch {
      return; // storage is switched off: sounds stay on
    }
    label(button);
    yes();
  });
});

// A page or the server can ask for a sound: HX-Trigger: {"shop:sound": "yes"}
document.addEventListener("shop:sound", (event) => (event.detail.value === "no" ? no() : yes()));
