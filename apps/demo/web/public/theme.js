// Before the first picture of the page, which would be in other colours until the page's own scripts are there. What was
// chosen is kept by src/shell/theme-choice.tsx, and read by src/styles/tokens.css.
document.documentElement.dataset.theme = localStorage.getItem("causeway-theme") ?? "system"
