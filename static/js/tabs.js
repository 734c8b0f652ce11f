// On a narrow screen tabs run off the edge: bring the one that is shown into sight.
document.querySelector(".tabs [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });
