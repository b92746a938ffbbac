// Light or dark: as the system says, until somebody chooses. Loaded before anything is painted.
"use strict";
{
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const kept = () => {
    try {
      return localStorage.getItem("scheme");
    } catch {
      return null; // storage may be shut
    }
  };
  const show = () => (root.dataset.scheme = kept() ?? (system.matches ? "dark" : "light"));
  show();
  system.addEventListener("change", show);
  document.addEventListener("DOMContentLoaded", () => {
    const button = document.querySelector("#scheme");
    const tell = () => button.setAttribute("aria-pressed", String(root.dataset.scheme === "dark"));
    tell();
    system.addEventListener("change", tell);
    button.addEventListener("click", () => {
      root.dataset.scheme = root.dataset.scheme === "dark" ? "light" : "dark";
      try {
        localStorage.setItem("scheme", root.dataset.scheme);
      } catch {
        // then it holds until the page is left
      }
      tell();
    });
  });
}
