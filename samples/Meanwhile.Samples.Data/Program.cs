using Meanwhile.Samples.Data;

if (args is not [var path, .. var rest] || rest is not ([] or ["--all-text"]))
{
    Console.Error.WriteLine("Usage: Meanwhile.Samples.Data DATABASE [--all-text]");
    return 2;
}

SampleDatabase.Create(path, rest is [] ? CellForm.Typed : CellForm.AllText);
return 0;
