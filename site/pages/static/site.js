// A stepper takes the theme that the reader has chosen for the page around it.
const theme = document.body.dataset.theme;
if (theme === "light" || theme === "dark") {
  for (const frame of document.querySelectorAll("iframe.stepper")) {
    frame.src = `${frame.getAttribute("src")}#theme=${theme}`;
  }
}

// What scrolls can be scrolled by keys.
function reachable() {
  for (const part of document.querySelectorAll("pre, .table-wrapper, .cell_output, p, .sidebar-scroll, .toc-scroll")) {
    if (part.scrollWidth > part.clientWidth && getComputedStyle(part).overflowX === "auto") {
      part.tabIndex = 0;
    }
  }
}
addEventListener("load", reachable);
addEventListener("resize", reachable);

// A picture that is shown much smaller than it is opens by itself.
function opened() {
  for (const picture of document.querySelectorAll("article p > img")) {
    if (picture.naturalWidth > 1.2 * picture.clientWidth) {
      const link = document.createElement("a");
      link.href = picture.src;
      picture.replaceWith(link);
      link.append(picture);
    }
  }
}
addEventListener("load", opened);
