using System.Diagnostics;

namespace Meanwhile.Benchmarks;

/// <summary>How fast the disk makes 8 KiB durable: the physical limit under every durable figure. Nearly free on some virtual disks.</summary>
internal static class FsyncFloor
{
    public static Task RunAsync(bool quick)
    {
        var directory = Bench.TemporaryDirectory();
        using (var file = File.OpenHandle(Path.Combine(directory, "f"), FileMode.Create, FileAccess.Write))
        {
            var block = new byte[8192];
            var count = 0;
            var watch = Stopwatch.StartNew();
            while (watch.ElapsedMilliseconds < (quick ? 100 : 3000))
            {
                RandomAccess.Write(file, block, 0);
                RandomAccess.FlushToDisk(file);
                count++;
            }

            Report.Say($"write 8 KiB + fsync                          {count / watch.Elapsed.TotalSeconds,12:N0}/s   {watch.Elapsed.TotalMicroseconds / count:0} us each");
        }

        Directory.Delete(directory, recursive: true);
        return Task.CompletedTask;
    }
}
