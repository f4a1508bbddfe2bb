using System.Text.Json;

namespace Meanwhile.Server.Tests.Hosting;

/// <summary>Reading answers in tests.</summary>
internal static class Json
{
    extension(HttpResponseMessage response)
    {
        /// <summary>The body as JSON.</summary>
        public async Task<JsonElement> JsonAsync()
        {
            using var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
            return document.RootElement.Clone();
        }

        /// <summary>The problem's code, after the checks that hold for every problem.</summary>
        public async Task<JsonElement> ProblemAsync(int status, string code)
        {
            var body = await response.Content.ReadAsStringAsync();
            Assert.True(status == (int)response.StatusCode, $"{(int)response.StatusCode} {body}");
            Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
            using var document = JsonDocument.Parse(body);
            var problem = document.RootElement.Clone();
            Assert.Equal(code, problem.Text("code"));
            Assert.Equal(status, problem.GetProperty("status").GetInt32());
            Assert.Equal($"urn:meanwhile:problem:{code}", problem.Text("type"));
            Assert.NotEmpty(problem.Text("title")!);
            Assert.NotEmpty(problem.Text("detail")!);
            return problem;
        }
    }

    extension(JsonElement element)
    {
        /// <summary>A string property; null when absent.</summary>
        public string? Text(string name) => element.TryGetProperty(name, out var value) ? value.ToString() : null;

        /// <summary>The fields that a problem names.</summary>
        public string[] Fields() => element.TryGetProperty("errors", out var errors) ? [.. errors.EnumerateArray().Select(error => error.Text("field")!)] : [];
    }
}
