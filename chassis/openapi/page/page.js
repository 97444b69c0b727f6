const ui = SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#document",
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  operationsSorter: "none",
  tryItOutEnabled: true,
  validatorUrl: "none", // else it asks a host on the internet
  onComplete: () => {
    document.title = ui.specSelectors.info().get("title");
  },
});
