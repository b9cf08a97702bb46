document.title = "Letters";
