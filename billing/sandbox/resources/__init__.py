"""The API, one module a family of objects. Each lists its routes with the parameters that they take."""
